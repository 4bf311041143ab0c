/**
 * The log cannot go on, and a person must look: what it should log or sign is not what was there before. The message
 * says what, and where.
 */
export class LogAlarm extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LogAlarm';
  }
}
