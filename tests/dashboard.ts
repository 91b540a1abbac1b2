/** The queries of a Grafana dashboard, for the tests. */

/** What Grafana would put in for the variables of a query. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ["$host", "web-01"],
  ["$id", ".+"],
  ["$__rate_interval", "1m"],
];

interface Dashboard {
  readonly panels: readonly {
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Every query of every panel, its variables filled in. */
export function expressionsOf({ panels }: Dashboard): string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => fill(expr)));
}

function fill(expression: string): string {
  return VARIABLES.reduce((text, [name, value]) => text.replaceAll(name, value), expression);
}
