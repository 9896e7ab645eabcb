package facts

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// object records the buckets of minio, Google Cloud Storage and gocloud's blob; of
// the AWS SDK they stand in fields.
func (f *resourceFinder) object(c outsideCall) {
	name := c.fn.Name()
	switch {
	case c.path == "github.com/minio/minio-go" && c.fn.Signature().Recv() != nil:
		access := minioAccess(name)
		if access != "" && c.text() != nil {
			f.use(c.call, model.ResourceBucket, access, "minio", name, c.text())
		}
	case c.is("cloud.google.com/go/storage", "Bucket"), c.is("gocloud.dev/blob", "OpenBucket"):
		if c.text() != nil {
			f.use(c.call, model.ResourceBucket, model.ReadWrite, "blob", name, c.text())
		}
	}
}

func minioAccess(name string) model.Access {
	for _, prefix := range []string{"Put", "FPut", "Remove", "MakeBucket", "Compose", "PresignedPut", "PresignedPost", "SetBucket", "SetObject"} {
		if strings.HasPrefix(name, prefix) {
			return model.Write
		}
	}
	for _, prefix := range []string{"Get", "FGet", "Stat", "List", "BucketExists", "PresignedGet", "PresignedHead"} {
		if strings.HasPrefix(name, prefix) {
			return model.Read
		}
	}
	return ""
}
