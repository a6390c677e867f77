// Package trust answers who trusts whom: certificates and keystores as NiFi
// nodes have them, and the matrix of which node's anchors verify which node's
// chain. Anchors are told apart by the SHA-256 of their DER and never by name,
// for the old and the new root of a cluster bear the same one. It is pure: it
// reads bytes it is given, and the time is passed in.
package trust
