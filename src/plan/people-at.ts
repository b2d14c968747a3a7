/** How many people are at a step of a version of a flow. */
export interface PeopleAt {
  readonly flow: string;
  readonly hash: string;
  readonly step: string;
  readonly kind: string;
  readonly people: number;
}
