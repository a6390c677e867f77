package kube

import (
	"context"
	"maps"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/topology"
)

// owner is the cluster that an object belongs to, by its label.
type owner struct{ namespace, cluster string }

// item is what is kept of an object.
type item[T any] struct {
	metav1.ObjectMeta // namespace, name, resource version and labels

	owner owner
	value T
}

// shelf is where a reflector puts what objects of a kind say, and not the
// objects, by the cluster that they belong to.
type shelf[T any] struct {
	changed func(namespace, cluster string)
	of      func(runtime.Object) T

	read func()        // all objects were, once
	full chan struct{} // closed then

	mu   sync.RWMutex
	kept map[owner]map[string]*item[T] // by the object's name
}

var _ cache.TransformingStore = (*shelf[struct{}])(nil)

func newShelf[T any](changed func(namespace, cluster string), of func(runtime.Object) T) *shelf[T] {
	full := make(chan struct{})
	return &shelf[T]{
		changed: changed, of: of, full: full, read: sync.OnceFunc(func() { close(full) }), kept: map[owner]map[string]*item[T]{},
	}
}

// owners are the clusters that something is kept of.
func (s *shelf[T]) owners() []owner {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]owner, 0, len(s.kept))
	for of := range s.kept {
		all = append(all, of)
	}
	return all
}

func (s *shelf[T]) get(of owner, name string) (value T, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if kept := s.kept[of][name]; kept != nil {
		return kept.value, true
	}
	return value, false
}

// all is what is kept of a cluster, by name: whoever asks the first of the pods
// asks the same one each time, on the connection that there is.
func (s *shelf[T]) all(of owner) []T {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]T, 0, len(s.kept[of]))
	for _, name := range slices.Sorted(maps.Keys(s.kept[of])) {
		all = append(all, s.kept[of][name].value)
	}
	return all
}

// Transformer makes items of objects, also while a reflector still collects.
func (s *shelf[T]) Transformer() cache.TransformFunc {
	return func(object any) (any, error) { return s.item(object), nil }
}

func (s *shelf[T]) item(object any) *item[T] {
	if made, is := object.(*item[T]); is {
		return made
	}
	meta, _ := object.(metav1.Object) // a reflector checks the kind
	made := &item[T]{owner: owner{meta.GetNamespace(), meta.GetLabels()[topology.LabelInstance]}}
	made.Namespace, made.Name, made.ResourceVersion = meta.GetNamespace(), meta.GetName(), meta.GetResourceVersion()
	if whole, is := object.(runtime.Object); is {
		made.value = s.of(whole)
	}
	return made
}

// Add keeps a new object.
func (s *shelf[T]) Add(object any) error { return s.Update(object) }

// Update keeps an object in the place of what it was before.
func (s *shelf[T]) Update(object any) error {
	made := s.item(object)
	s.mu.Lock()
	s.put(s.kept, made)
	s.mu.Unlock()
	s.changed(made.owner.namespace, made.owner.cluster)
	return nil
}

func (s *shelf[T]) put(kept map[owner]map[string]*item[T], made *item[T]) {
	if kept[made.owner] == nil {
		kept[made.owner] = map[string]*item[T]{}
	}
	kept[made.owner][made.Name] = made
}

// Delete forgets an object.
func (s *shelf[T]) Delete(object any) error {
	made := s.item(object)
	s.mu.Lock()
	if delete(s.kept[made.owner], made.Name); len(s.kept[made.owner]) == 0 {
		delete(s.kept, made.owner)
	}
	s.mu.Unlock()
	s.changed(made.owner.namespace, made.owner.cluster)
	return nil
}

// Replace keeps these and nothing else: at the beginning, and when a watch has
// missed something. It tells of the clusters that something has changed of.
func (s *shelf[T]) Replace(objects []any, _ string) error {
	kept := map[owner]map[string]*item[T]{}
	for _, object := range objects {
		s.put(kept, s.item(object))
	}
	s.mu.Lock()
	before := s.kept
	s.kept = kept
	s.mu.Unlock()
	s.read()
	for of := range kept {
		if !same(before[of], kept[of]) {
			s.changed(of.namespace, of.cluster)
		}
	}
	for of := range before {
		if kept[of] == nil {
			s.changed(of.namespace, of.cluster)
		}
	}
	return nil
}

// same tells that no object has come, gone or been changed.
func same[T any](a, b map[string]*item[T]) bool {
	return maps.EqualFunc(a, b, func(one, other *item[T]) bool { return one.ResourceVersion == other.ResourceVersion })
}

// Resync is of no use here: nothing is derived from what is kept.
func (*shelf[T]) Resync() error { return nil }

// lists is the part of a client that a reflector needs.
type lists[L runtime.Object] interface {
	List(ctx context.Context, options metav1.ListOptions) (L, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// fill keeps a shelf in step with the objects of our clusters that have these
// labels, too, until ctx ends.
func fill[L runtime.Object, T any](ctx context.Context, client lists[L], kind runtime.Object, more labels.Set, s *shelf[T]) {
	selector := ours(more)
	cache.NewReflectorWithOptions(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			options.LabelSelector = selector
			return client.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.LabelSelector = selector
			return client.Watch(ctx, options)
		},
	}, kind, s, cache.ReflectorOptions{Name: "mirror"}).RunWithContext(ctx)
}
