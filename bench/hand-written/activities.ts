import type { ConnectClient } from '../../src/mapp/connect.ts';

export interface HandWrittenActivities {
  sendEmail(email: string, messageId: string): Promise<void>;
}

export function handWrittenActivities(connect: ConnectClient): HandWrittenActivities {
  return {
    async sendEmail(email, messageId) {
      await connect.event('email', { email, messageId });
    },
  };
}
