package facts

import (
	"go/constant"
	"os"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// fileAccess is what the functions of os and ioutil do to the file that they are
// given first.
var fileAccess = map[string]model.Access{
	"Open": model.Read, "ReadFile": model.Read, "ReadDir": model.Read,
	"Create": model.Write, "WriteFile": model.Write, "Remove": model.Write, "RemoveAll": model.Write, "Truncate": model.Write,
	"Mkdir": model.Write, "MkdirAll": model.Write, "OpenFile": "",
}

// file records the files that are read and written, where something of their path
// is known.
func (f *resourceFinder) file(c outsideCall) {
	if c.path != "os" && c.path != "io/ioutil" || c.fn.Signature().Recv() != nil {
		return
	}
	access, ok := fileAccess[c.fn.Name()]
	if c.is("os", "Rename") && len(c.args) == 2 {
		f.use(c.call, model.ResourceFile, model.Write, "os", "Rename", c.args[0])
		f.use(c.call, model.ResourceFile, model.Write, "os", "Rename", c.args[1])
		return
	}
	if !ok || len(c.args) == 0 {
		return
	}
	if c.fn.Name() == "OpenFile" {
		access = openMode(c.args[1])
	}
	f.use(c.call, model.ResourceFile, access, "os", c.fn.Name(), c.args[0])
}

// openMode reads the flags of os.OpenFile; unknown ones may do both.
func openMode(v ssa.Value) model.Access {
	k, ok := v.(*ssa.Const)
	if !ok || k.Value == nil || k.Value.Kind() != constant.Int {
		return model.ReadWrite
	}
	switch flags := int(k.Int64()); {
	case flags&os.O_RDWR != 0:
		return model.ReadWrite
	case flags&(os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC) != 0:
		return model.Write
	}
	return model.Read
}
