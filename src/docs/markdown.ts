/** Pieces of Markdown. */

/** A table; cells may hold Markdown, but no line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.replace(/\n*$/, '\n')}\`\`\``;
}

/** Sections with a blank line between them; the empty ones are left out. */
export function page(...sections: readonly string[]): string {
  return `${sections.filter((one) => one !== '').join('\n\n')}\n`;
}

/** Says in a generated file where it comes from. */
export function generatedFrom(what: string): string {
  return `<!-- Generated from ${what} by \`npm run generate\`; do not edit. -->`;
}

export interface Fence {
  /** the words behind the backquotes: `yaml broken unknown-key` */
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a page, indented ones (in lists) too. */
export function fencesIn(markdown: string): Fence[] {
  return [...markdown.matchAll(/^( *)```(\S.*)?\n([\s\S]*?)^\1```$/gm)].map(([, indent, info, text]) => ({
    info: (info ?? '').trim(),
    text: text!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}
