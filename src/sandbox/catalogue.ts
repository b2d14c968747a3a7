import type { Channel, Message, Project } from '../plan/project.ts';

/** The project's catalogue as Mapp knows it: by id. A kind of thing that `mapp.yaml` does not list takes any id. */
export class Catalogue {
  readonly #project: Project | null;
  readonly #subtypes: ReadonlyMap<string, string>;
  readonly #groups: ReadonlyMap<string, string> | null;
  readonly #apps: ReadonlyMap<string, string> | null;
  readonly #messages: ReadonlyMap<string, { readonly name: string; readonly message: Message }> | null;

  constructor(project: Project | null) {
    this.#project = project;
    const spelled = Object.entries(project?.mapp?.subtypes ?? {});
    this.#subtypes = new Map(spelled.map(([name, spelling]) => [spelling.toLowerCase(), name]));
    this.#groups = namesById(project?.groups ?? null);
    this.#apps = namesById(project?.apps ?? null);
    const messages = project?.messages ?? null;
    this.#messages =
      messages &&
      new Map(
        Object.entries(messages).map(([name, message]) => [`${message.channel} ${message.id}`, { name, message }]),
      );
  }

  /** The default name of a subtype that this account spells in another way. */
  subtype(spelling: string): string {
    return this.#subtypes.get(spelling.toLowerCase()) ?? spelling;
  }

  /** A group's name, the id itself where no groups are listed, null where they are and it is none of them. */
  group(id: string): string | null {
    return this.#groups === null ? id : (this.#groups.get(id) ?? null);
  }

  app(id: string): string | null {
    return this.#apps === null ? id : (this.#apps.get(id) ?? null);
  }

  message(channel: Channel, id: string): { readonly name: string; readonly message: Message | null } | null {
    return this.#messages === null ? { name: id, message: null } : (this.#messages.get(`${channel} ${id}`) ?? null);
  }

  /**
   * What Mapp's field mapping decides: whether a field of a send writes a profile attribute, and whether it fills a
   * parameter of the message. A field that is neither listed as a parameter nor as an attribute is a parameter.
   */
  mapping(message: Message | null, field: string): { readonly attribute: boolean; readonly parameter: boolean } {
    const name = field.split('.')[0]!; // a nested value came as dotted fields
    const parameters = message?.parameters ?? null;
    const isParameter = parameters?.some((parameter) => parameter.name === name || parameter.name === field) ?? false;
    const attributes = this.#project?.attributes ?? null;
    const attribute = attributes === null ? parameters !== null && !isParameter : Object.hasOwn(attributes, name);
    return { attribute, parameter: isParameter || !attribute };
  }

  groupNames(): { readonly [id: string]: string } {
    return Object.fromEntries(this.#groups ?? []);
  }

  appNames(): { readonly [id: string]: string } {
    return Object.fromEntries(this.#apps ?? []);
  }

  messageNames(channel: Channel): { readonly [id: string]: string } {
    const found = [...(this.#messages?.values() ?? [])].filter(({ message }) => message.channel === channel);
    return Object.fromEntries(found.map(({ name, message }) => [message.id, name]));
  }
}

function namesById(idsByName: { readonly [name: string]: string } | null): ReadonlyMap<string, string> | null {
  return idsByName && new Map(Object.entries(idsByName).map(([name, id]) => [id, name]));
}
