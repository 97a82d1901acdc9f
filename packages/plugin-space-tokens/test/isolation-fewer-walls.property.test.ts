import { isolationTests } from './isolation-tests.js'

isolationTests('fewer')
