package topology

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Set writes a scalar at a path ("spec", "replicas"), making the mappings on
// the way. Comments beside what was there before are kept.
func (f *File) Set(value any, path ...string) {
	node := f.root
	for _, key := range path {
		next := child(node, key)
		if next == nil {
			next = &yaml.Node{Kind: yaml.MappingNode}
			node.Content = append(node.Content, scalar(key), next)
		}
		node = next
	}
	comment := node.LineComment
	*node = *scalar(value)
	node.LineComment = comment
}

// Remove takes a field out of the mapping at parent ("spec.config"); an absent
// one is no error.
func (f *File) Remove(parent, key string) {
	node := f.node(parent)
	if node == nil {
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			node.Content = append(node.Content[:i], node.Content[i+2:]...)
			return
		}
	}
}

// node is the value at a dotted path, nil if it isn't written. A key may hold
// dots itself, as the properties of spec.overrides do.
func (f *File) node(path string) *yaml.Node {
	if path == "" {
		return f.root
	}
	return find(f.root, path)
}

func find(node *yaml.Node, path string) *yaml.Node {
	if found := child(node, path); found != nil {
		return found
	}
	for cut := strings.IndexByte(path, '.'); cut >= 0; cut = next(path, cut) {
		if parent := child(node, path[:cut]); parent != nil {
			return find(parent, path[cut+1:])
		}
	}
	return nil
}

func next(path string, dot int) int {
	if i := strings.IndexByte(path[dot+1:], '.'); i >= 0 {
		return dot + 1 + i
	}
	return -1
}

func child(node *yaml.Node, key string) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

func scalar(value any) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(fmt.Sprint(value))
	if _, isText := value.(string); !isText {
		node.Tag = ""
	}
	return node
}
