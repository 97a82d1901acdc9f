// For `setupFilesAfterEnv`: runs in every test file.
import { afterAll } from '@jest/globals'
import { closeOpenApps } from '../open-apps.js'

afterAll(closeOpenApps)
