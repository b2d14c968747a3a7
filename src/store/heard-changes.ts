/** Key of `meta`: names of `CHANGE_EVENTS` that any published flow has ever had to do with, as a JSON list. */
export const HEARD_CHANGES = 'heard_changes';
