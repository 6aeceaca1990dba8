/** Configurations of any size, of real components: what bench/micro measures and the tests load. Nothing answers at the addresses. */

/** Four components each; what is written in one is for those after it. */
function pipeline(i: number, team: string): string {
  return `
discovery.relabel "p${i}" {
  targets = [{"__address__" = "127.0.0.1:9", "team" = "${team}"}, {"__address__" = "127.0.0.2:9"}]
  rule {
    source_labels = ["__address__"]
    regex         = "(.+):\\\\d+"
    target_label  = "instance"
  }
}
prometheus.scrape "p${i}" {
  targets         = array.concat(discovery.relabel.p${i}.output, [])
  forward_to      = [prometheus.relabel.p${i}.receiver]
  scrape_interval = "1h"
}
prometheus.relabel "p${i}" {
  forward_to = [prometheus.remote_write.p${i}.receiver]
  rule {
    source_labels = ["__name__"]
    regex         = "go_.+"
    action        = "drop"
  }
}
prometheus.remote_write "p${i}" {
  external_labels = {"cluster" = coalesce(sys.env("CLUSTER"), "none")}
  endpoint { url = "http://127.0.0.1:9/push" }
}
`
}

/** `changed`: the pipeline that has another argument than all others. */
export function pipelines(count: number, changed?: number): string {
  return Array.from({ length: count }, (_, i) => pipeline(i, i === changed ? 'b' : 'a')).join('')
}
