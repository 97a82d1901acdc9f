import { stopKeeper } from './keeper-process.js'

/** jest's global tear-down: drops the databases of the run and stops the embedded PostgreSQL. */
export default stopKeeper
