/** Parts of the mapping page that are not about one kind of record: their place in the address. */
export const VERSIONS = "versions";
export const PEOPLE = "people-map";
export const SHAPE = "target-shape";
export const CHECK = "dry-check";
export const PARTS = [PEOPLE, SHAPE, CHECK, VERSIONS];
