import { badRequestTests } from './bad-request-tests.js'

badRequestTests(1)
