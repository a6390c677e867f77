// Package topology holds the specification of a NiFi cluster: the NiFiCluster
// document people write, its defaults and rules, and every name derived from it.
// Everything here is pure: no network, no clock, no files.
package topology
