/** The collector cannot be reached or does not take spans now: they are sent again. */
export class CollectorAway extends Error {}
