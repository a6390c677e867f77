package view

// Normal is a snapshot that was put together elsewhere than in Gather: in its
// documented order, and with the domain that its StatefulSet states.
func (c Cluster) Normal() Cluster {
	c.Names.Domain = c.domain()
	return c.sorted()
}

// Without is the snapshot with one more source that failed.
func (c Cluster) Without(source Source, err error) Cluster {
	c.Errors = append(c.Errors, newSourceError(source, "", err))
	return c.Normal()
}
