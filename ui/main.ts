/** The pages of skein: begins everything. */
import './style/style.css'
import { clustering } from './pages/clustering.ts'
import { component } from './pages/component.ts'
import { components } from './pages/components.ts'
import { debug } from './pages/debug.ts'
import { doctor } from './pages/doctor.ts'
import { explain } from './pages/explain.ts'
import { graph } from './pages/graph.ts'
import { missing } from './pages/missing.ts'
import { queues } from './pages/queues.ts'
import { remotecfg } from './pages/remotecfg.ts'
import { targets } from './pages/targets.ts'
import { startShell } from './shell/shell.ts'

const PAGES = [components, component, graph, clustering, targets, explain, queues, doctor, debug, remotecfg]

startShell(PAGES, missing, document.getElementById('app') as HTMLElement)
