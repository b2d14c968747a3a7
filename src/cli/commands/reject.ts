import { decideCommand } from '../decide-holds.ts';

export const register = decideCommand('reject', 'rejected', 'with the steps of "else"');
