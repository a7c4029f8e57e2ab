// `Retry-After` dates → seconds, for the component, which has no clock.

/**
 * Turns a date (RFC 9110, section 5.6.7) into the seconds since the response was made: by
 * the server's clock, if the response has a `Date`, else by this machine's. So it is right
 * even where the two clocks differ. Other values are left as they are.
 */
export function inSeconds(retryAfter: string, date: string | undefined, now: number): string {
  const until = httpDate(retryAfter);
  if (until === undefined) return retryAfter;
  const left = until - (httpDate(date ?? "") ?? now);
  // Not too early; and a time in the past means no wait.
  return String(Math.max(0, Math.ceil(left / 1000)));
}

/** `Date.parse` accepts much more, such as numbers. */
function httpDate(text: string): number | undefined {
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/.test(text.trim());
  const time = isDate ? Date.parse(text.trim().endsWith("GMT") ? text : `${text} GMT`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
