import { problem, type Location, type Problem } from '../../model/problem.ts';
import { splitPort } from './address.ts';
import { notSpace, space, splitLines, strip, word } from './characters.ts';
import { Malformed } from './malformed.ts';
import { pythonValue } from './python-literal.ts';
import { expandRanges } from './ranges.ts';
import { shellWords } from './shell-words.ts';
import { addChild, addGroup, addHost, setVariable, type Tree } from './tree.ts';

type Kind = 'hosts' | 'children' | 'vars';
/** A group that was spoken of but has no section of its own yet. */
interface Pending {
  readonly kind: 'children' | 'vars';
  readonly at: Location;
  readonly parents: string[];
}

const name = `([^:\\]${notSpace}+)`;
const trailer = `${space}*(?:#.*)?$`;
const section = new RegExp(`^\\[${name}(?::(${word}+))?\\]${trailer}`, 'u');
const groupLine = new RegExp(`^${name}${trailer}`, 'u');

/**
 * Reads the text of one INI inventory into `tree`, line by line, and returns every problem with its
 * line. Rules and quirks are those of Ansible's own `ini` inventory plugin.
 */
export const parseIni = (text: string, file: string, tree: Tree): readonly Problem[] => {
  const reader = new IniReader(tree, file);
  splitLines(text).forEach((line, index) => reader.line(strip(line), { file, line: index + 1 }));
  return reader.end();
};

class IniReader {
  private readonly tree: Tree;
  private readonly file: string;
  private readonly problems: Problem[] = [];
  private readonly pending = new Map<string, Pending>();
  private group = 'ungrouped';
  private kind: Kind | 'unknown' = 'hosts';

  constructor(tree: Tree, file: string) {
    this.tree = tree;
    this.file = file;
  }

  line(line: string, at: Location): void {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    try {
      const [header, group, kind] = section.exec(line) ?? [];
      if (header !== undefined && group !== undefined) this.section(group, kind ?? 'hosts', at);
      else if (line.startsWith('[') && line.endsWith(']')) throw notASection(line);
      else if (this.kind === 'hosts') this.host(line, at);
      else if (this.kind === 'vars') this.variable(line, at);
      else if (this.kind === 'children') this.child(line, at);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.problems.push(problem(error.message, { at, ...(error.hint === undefined ? {} : { hint: error.hint }) }));
    }
  }

  /** The problems of the file, with those that only its end shows. */
  end(): readonly Problem[] {
    for (const [group, { kind, at, parents }] of this.pending) {
      const sentence =
        kind === 'vars'
          ? `[${group}:vars] sets variables of a group that is not declared.`
          : `[${parents.join(':children] and [')}:children] name the group ${group}, which is not declared.`;
      this.problems.push(
        problem(sentence, { at, hint: `Write a section [${group}], even an empty one, in ${this.file}.` }),
      );
    }
    return this.problems;
  }

  private section(group: string, kind: string, at: Location): void {
    this.group = group;
    this.kind = 'unknown';
    if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
      throw new Malformed(
        `[${group}:${kind}] is no kind of section.`,
        `Expected [${group}], [${group}:children] or [${group}:vars].`,
      );
    }
    this.kind = kind;
    if (!this.tree.groups.has(group)) {
      if (kind === 'vars' && !this.pending.has(group)) this.pending.set(group, { kind: 'vars', at, parents: [] });
      addGroup(this.tree, group);
    }
    if (kind === 'vars') return;
    if (this.pending.get(group)?.kind === 'children') this.adopt(group);
    else this.pending.delete(group);
  }

  private host(line: string, at: Location): void {
    const [pattern = '', ...assignments] = shellWords(line);
    const { pattern: names, port } = splitPort(pattern);
    if (names.endsWith(':') && port === undefined)
      throw new Malformed(`The host ${names} ends in a colon without a port.`);
    const hosts = expandRanges(names);
    if (hosts.includes('---')) throw new Malformed('"---" starts a YAML file; this one is read as INI.');
    const variables = assignments.map((text) => assignment(text, at));
    const group = addGroup(this.tree, this.group);
    for (const host of hosts) {
      addHost(this.tree, group, host, port, at);
      for (const [key, variable] of variables) setVariable(this.tree, host, key, variable);
    }
  }

  private variable(line: string, at: Location): void {
    const equals = line.indexOf('=');
    if (equals < 0) throw new Malformed(`Expected key=value under [${this.group}:vars], found: ${line}`);
    const value = pythonValue(strip(line.slice(equals + 1)));
    setVariable(this.tree, this.group, strip(line.slice(0, equals)), { value, at });
  }

  private child(line: string, at: Location): void {
    const child = groupLine.exec(line)?.[1];
    if (child === undefined)
      throw new Malformed(`Expected one group name under [${this.group}:children], found: ${line}`);
    const known = this.tree.groups.get(child);
    const waiting = this.pending.get(child);
    if (known !== undefined) addChild(addGroup(this.tree, this.group), known);
    else if (waiting === undefined) this.pending.set(child, { kind: 'children', at, parents: [this.group] });
    else waiting.parents.push(this.group);
  }

  /** Gives a group that was named as a child earlier to its parents, now that it is declared. */
  private adopt(child: string): void {
    const parents = this.pending.get(child)?.parents ?? [];
    this.pending.delete(child);
    for (const parent of parents) {
      addChild(addGroup(this.tree, parent), addGroup(this.tree, child));
      if (this.pending.get(parent)?.kind === 'children') this.adopt(parent);
    }
  }
}

const assignment = (text: string, at: Location) => {
  const equals = text.indexOf('=');
  if (equals < 0) throw new Malformed(`Expected key=value after the host's name, found: ${text}`);
  return [text.slice(0, equals), { value: pythonValue(text.slice(equals + 1)), at }] as const;
};

const notASection = (line: string): Malformed =>
  new Malformed(`${line} is no section.`, 'Expected [group], [group:children] or [group:vars], without spaces.');
