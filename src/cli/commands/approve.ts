import { decideCommand } from '../decide-holds.ts';

export const register = decideCommand('approve', 'approved', 'with the steps of "then"');
