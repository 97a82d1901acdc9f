import { fieldTypeTests } from './field-type-tests.js'

fieldTypeTests(1)
