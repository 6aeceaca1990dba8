/** When the alerts about the sharing of targets fire, and when not. */
import { A, B, type Case, fires, JOB, type Labels, peers, type Series, series, silent, THAT_JOB } from './case.ts'

/** How a node sees the targets of a shared job. */
function shares(of: Labels, local: string, foreign: string): Series[] {
  const share = (name: string, values: string): Series =>
    series('prometheus_scrape_targets_by_share', { ...of, ...JOB, share: name }, values)
  return [
    share('local', local),
    share('foreign', foreign),
    share('held', '0x60'),
    share('duplicate', '4x60'),
    scraped(of, local),
  ]
}

function scraped(of: Labels, values: string): Series {
  return series('prometheus_scrape_targets_gauge', { ...of, ...JOB }, values)
}

const TWO = [...peers(A, '2x60'), ...peers(B, '2x60')]

export const SHARED_WORK: readonly Case[] = [
  fires(
    'ClusterTargetsUnscraped',
    'a target is on the list and nobody scrapes it',
    30,
    [...TWO, ...shares(A, '5x60', '5x60'), ...shares(B, '4x60', '6x60')],
    THAT_JOB,
  ),
  silent('ClusterTargetsUnscraped', 'each has a node', 30, [
    ...TWO,
    ...shares(A, '5x60', '5x60'),
    ...shares(B, '5x60', '5x60'),
  ]),
  silent('ClusterTargetsUnscraped', 'a node has just left', 30, [
    ...TWO,
    ...shares(A, '5x60', '5x60'),
    ...shares(B, '5x24 4x60', '5x24 6x60'),
  ]),
  silent('ClusterTargetsUnscraped', 'Alloy scrapes the others', 30, [
    ...TWO,
    ...shares(A, '5x60', '5x60'),
    scraped(B, '5x60'),
  ]),
  silent('ClusterTargetsUnscraped', 'the job is not shared', 30, [...TWO, scraped(A, '5x60'), scraped(B, '3x60')]),
  silent('ClusterTargetsUnscraped', 'some are scraped twice', 30, [
    ...TWO,
    ...shares(A, '10x60', '0x60'),
    ...shares(B, '9x60', '1x60'),
  ]),
  fires(
    'ClusterTargetsScrapedTwice',
    'two nodes scrape all',
    30,
    [...TWO, ...shares(A, '10x60', '0x60'), ...shares(B, '10x60', '0x60')],
    THAT_JOB,
  ),
  silent('ClusterTargetsScrapedTwice', 'a node has just come', 30, [
    ...TWO,
    ...shares(A, '5x60', '5x60'),
    ...shares(B, '5x24 6x60', '5x24 4x60'),
  ]),
  silent('ClusterTargetsScrapedTwice', 'each has one node', 30, [
    ...TWO,
    ...shares(A, '5x60', '5x60'),
    ...shares(B, '5x60', '5x60'),
  ]),
  silent('ClusterTargetsScrapedTwice', 'the nodes are of two clusters', 30, [
    ...peers({ ...A, namespace: 'x' }, '1x60'),
    ...peers({ ...B, namespace: 'y' }, '1x60'),
    ...shares({ ...A, namespace: 'x' }, '10x60', '0x60'),
    ...shares({ ...B, namespace: 'y' }, '10x60', '0x60'),
  ]),
]
