/**
 * Tags as labels, by the names that Prometheus and Alertmanager take. Pure.
 */

/**
 * What each tag is called as a label, and its text: a key becomes a name that is taken, none is there twice,
 * and none is one of those that are reserved.
 */
export function tagLabels(
  tags: Readonly<Record<string, string>>,
  reserved: readonly string[],
): (readonly [name: string, text: string])[] {
  const used = new Set(reserved);
  return Object.entries(tags).map(([key, value]) => {
    let name = key.replace(/[.-]/g, "_");
    // Those that begin with two are for their own use.
    while (used.has(name) || name.startsWith("__")) name = `tag_${name}`;
    used.add(name);
    return [name, value];
  });
}
