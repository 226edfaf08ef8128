package model

// ByTarget as Ref.By: the value is the id of a record that is in the target already, as the
// people map says. Nothing of the source has to be found for it.
const ByTarget = "@target"
