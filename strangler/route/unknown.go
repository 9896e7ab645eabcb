package route

import (
	"reflect"
	"slices"
	"strings"
)

// instead says what an unknown key may have been meant for: one that is spelled alike,
// the places that know it, or else what there is.
func instead(key string, fields map[string]int) string {
	if s := suggest(key, keysOf(fields)); s != "" {
		return s
	}
	if places := placesOf(reflect.TypeFor[Config](), "", key); len(places) > 0 {
		return "; it belongs to " + strings.Join(places, ", ")
	}
	return "; there are: " + strings.Join(slices.Sorted(slices.Values(keysOf(fields))), ", ")
}

// placesOf are the mappings below path that know the key, in the order of the types.
func placesOf(t reflect.Type, path, key string) (places []string) {
	switch t.Kind() {
	case reflect.Pointer:
		return placesOf(t.Elem(), path, key)
	case reflect.Map:
		return placesOf(t.Elem(), path+".NAME", key)
	case reflect.Slice:
		return placesOf(t.Elem(), path+"[]", key)
	case reflect.Struct:
	default:
		return nil
	}
	fields := fieldsOf(t)
	if _, known := fields[key]; known && path != "" {
		places = append(places, path)
	}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" {
			places = append(places, placesOf(t.Field(i).Type, join(path, name), key)...)
		}
	}
	return places
}
