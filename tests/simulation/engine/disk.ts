/** What survives a reboot: `current`, directories and files, by path from the root. */
export class Disk {
  current: string | undefined;
  readonly directories = new Set<string>();
  readonly files = new Map<string, string>();
  /** Nothing more fits. */
  full = false;

  hasDirectory(path: string): boolean {
    return this.directories.has(path);
  }

  make(path: string): void {
    const parts = path.split('/');
    for (let length = 1; length <= parts.length; length += 1) this.directories.add(parts.slice(0, length).join('/'));
  }

  /** A whole file; false when there is no room. */
  write(path: string, text: string): boolean {
    if (this.full) return false;
    this.make(parentOf(path));
    this.files.set(path, text);
    return true;
  }

  add(path: string, line: string): boolean {
    return this.write(path, `${this.files.get(path) ?? ''}${line}\n`);
  }

  read(path: string): string | undefined {
    return this.files.get(path);
  }

  move(from: string, to: string): void {
    const renamed = (path: string): string | undefined =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : undefined;
    this.make(parentOf(to));
    for (const path of [...this.directories]) {
      const next = renamed(path);
      if (next === undefined) continue;
      this.directories.delete(path);
      this.directories.add(next);
    }
    for (const [path, text] of [...this.files]) {
      const next = renamed(path);
      if (next === undefined) continue;
      this.files.delete(path);
      this.files.set(next, text);
    }
  }

  remove(path: string): void {
    for (const each of [...this.directories])
      if (each === path || each.startsWith(`${path}/`)) this.directories.delete(each);
    for (const each of [...this.files.keys()])
      if (each === path || each.startsWith(`${path}/`)) this.files.delete(each);
  }

  /** Names of the directories right under this one, sorted. */
  under(path: string): readonly string[] {
    return [...this.directories]
      .filter((each) => each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes('/'))
      .map((each) => each.slice(path.length + 1))
      .sort();
  }
}

export const parentOf = (path: string): string => path.split('/').slice(0, -1).join('/') || '.';
