const form = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,12})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;

/** Whether it is a date and time with offset, and the date exists. Accepts a leap second. */
export function isTimestamp(text: string): boolean {
  const match = form.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offsetHour = 0, offsetMinute = 0] = match
    .slice(1)
    .map((each: string | undefined) => Number(each ?? 0));
  // Uses a year of the same kind, because Date.UTC treats the years 0 to 99 as 1900 to 1999.
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= days;
  return isDate && hour < 24 && minute < 60 && second <= 60 && offsetHour < 24 && offsetMinute < 60;
}
