export { loop } from '../scrape/loop.ts'
