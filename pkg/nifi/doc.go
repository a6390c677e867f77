// Package nifi is a typed client of the REST API of one Apache NiFi 2.x node.
//
// It knows HTTP and JSON only: who the caller is, how the node is dialled and
// which certificates are trusted belong to the http.Client it is given (see
// NewTransport). Package nifitest answers the same calls in-process.
package nifi
