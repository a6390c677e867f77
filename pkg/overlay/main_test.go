package overlay

import "flag"

// update makes golden files be written anew. A flag can only be registered
// once, before the tests' flags are parsed.
var update = flag.Bool("update", false, "write the golden files anew")
