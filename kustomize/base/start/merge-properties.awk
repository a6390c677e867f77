# Merges properties files: for each key the last file wins, at the place where
# the key stood first. NiFi refuses to start on one key with two values.
#   ${POD_FQDN}   is this pod's name
#   ${file:PATH}  is the first line of a file, escaped as properties need it,
#                 so that a key never stands in an argument or the environment

function replace(text, from, to,    at, out) {
	while ((at = index(text, from)) > 0) {
		out = out substr(text, 1, at - 1) to
		text = substr(text, at + length(from))
	}
	return out text
}

function first_line(path,    line) {
	if ((getline line < path) < 0) {
		print "kubectl-nifi: reading " path ": no such file" > "/dev/stderr"
		failed = 1
		exit 1
	}
	close(path)
	sub(/\r$/, "", line)
	return replace(line, "\\", "\\\\")
}

function expand(value,    at, path) {
	value = replace(value, "${POD_FQDN}", ENVIRON["POD_FQDN"])
	at = index(value, "${file:")
	if (at == 0) return value
	path = substr(value, at + 7)
	path = substr(path, 1, index(path, "}") - 1)
	return substr(value, 1, at - 1) first_line(path) substr(value, at + 8 + length(path))
}

/^[ \t]*[#!]/ || /^[ \t]*$/ { next }

{
	cut = index($0, "=")
	if (cut == 0) next
	key = substr($0, 1, cut - 1)
	gsub(/^[ \t]+|[ \t]+$/, "", key)
	if (!(key in value)) order[++count] = key
	value[key] = expand(substr($0, cut + 1))
}

END {
	if (failed) exit 1
	for (i = 1; i <= count; i++) print order[i] "=" value[order[i]]
}
