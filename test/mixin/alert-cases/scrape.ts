/** When the alerts about scraping fire, and when not. */
import { A, B, C, type Case, fires, JOB, type Labels, type Series, series, silent, THAT_JOB } from './case.ts'

const BY_HEALTH = 'prometheus_target_scrape_pool_targets_by_health'

function health(of: Labels, up: string, down: string): Series[] {
  const labels = { ...of, ...JOB, scrape_job: 'apps' }
  return [series(BY_HEALTH, { ...labels, health: 'up' }, up), series(BY_HEALTH, { ...labels, health: 'down' }, down)]
}

function limits(sampleLimit: string, labelLimits: string): Series[] {
  return [
    ['scrapes_exceeded_sample_limit', sampleLimit],
    ['scrapes_exceeded_body_size_limit', '0x60'],
    ['scrapes_exceeded_native_histogram_bucket_limit', '0x60'],
    ['scrape_pool_exceeded_label_limits', labelLimits],
    ['scrape_pool_exceeded_target_limit', '2x60'],
  ].map(([name, values]) => series(`prometheus_target_${name}_total`, { ...A, ...JOB }, values))
}

export const SCRAPE: readonly Case[] = [
  fires(
    'MostTargetsDown',
    'more than half are, over all nodes',
    20,
    [...health(A, '1x60', '9x60'), ...health(B, '8x60', '2x60')],
    THAT_JOB,
  ),
  silent('MostTargetsDown', 'a few are', 20, [
    ...health(A, '1x60', '9x60'),
    ...health(B, '9x60', '1x60'),
    ...health(C, '9x60', '1x60'),
  ]),
  silent('MostTargetsDown', 'they have just gone down', 20, health(A, '9x12 1x60', '1x12 9x60')),
  silent('MostTargetsDown', 'there are none', 20, health(A, '0x60', '0x60')),
  fires(
    'NodeReachesFewTargets',
    'others reach theirs',
    20,
    [...health(A, '1x60', '9x60'), ...health(B, '9x60', '1x60'), ...health(C, '9x60', '1x60')],
    A,
  ),
  silent('NodeReachesFewTargets', 'its network was away for some minutes', 20, [
    ...health(A, '9x12 1x60', '1x12 9x60'),
    ...health(B, '30x60', '0x60'),
  ]),
  silent('NodeReachesFewTargets', 'the others reach as few', 20, [
    ...health(A, '1x60', '9x60'),
    ...health(B, '1x60', '9x60'),
  ]),
  silent('NodeReachesFewTargets', 'two of its three are down', 20, [
    ...health(A, '1x60', '2x60'),
    ...health(B, '9x60', '0x60'),
  ]),
  fires('ScrapesOverLimit', 'a sample limit is exceeded again and again', 30, limits('0+4x60', '0x60'), A),
  fires('ScrapesOverLimit', 'label limits are', 30, limits('0x60', '0+4x60'), A),
  silent('ScrapesOverLimit', 'limits were exceeded once', 14, limits('0x5 1x60', '3x60')),
]
