// Package logs understands what the containers of a NiFi pod write: which
// lines begin an entry, of which level, and which belong to the one before. It
// filters and merges streams of lines of any length in little memory.
package logs
