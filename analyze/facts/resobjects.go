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
	case c.is("cloud.google.com/go/storage", "Bucket"):
		if c.text() != nil {
			f.use(c.call, model.ResourceBucket, model.ReadWrite, "blob", name, c.text())
		}
	case c.is("github.com/aliyun/aliyun-oss-go-sdk/oss", "Bucket"):
		if c.text() != nil {
			f.use(c.call, model.ResourceBucket, model.ReadWrite, "oss", name, c.text())
		}
	case c.path == "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob" && c.fn.Signature().Recv() != nil:
		if access := azureAccess(name); access != "" && c.text() != nil {
			f.use(c.call, model.ResourceBucket, access, "azblob", name, c.text())
		}
	case c.is("gocloud.dev/blob", "OpenBucket"):
		f.use(c.call, model.ResourceBucket, model.ReadWrite, gocloudVia, name, c.text())
	case c.is("gocloud.dev/pubsub", "OpenTopic"):
		f.use(c.call, model.ResourceTopic, model.Publish, gocloudVia, name, c.text())
	case c.is("gocloud.dev/pubsub", "OpenSubscription"):
		f.use(c.call, model.ResourceTopic, model.Consume, gocloudVia, name, c.text())
	case strings.HasPrefix(c.path, "gocloud.dev/"):
		f.cloudDriver(c)
	}
}

// cloudDriver records what is opened by gocloud's packages for one provider each: the
// bucket or topic is the first string, behind the project of Google's and the group of
// a Kafka subscription.
func (f *resourceFinder) cloudDriver(c outsideCall) {
	name, named := c.fn.Name(), c.text()
	blob, pubsub := strings.HasPrefix(c.path, "gocloud.dev/blob/"), strings.HasPrefix(c.path, "gocloud.dev/pubsub/")
	if c.path == "gocloud.dev/pubsub/gcppubsub" && c.second() != nil {
		named = c.second()
	}
	switch {
	case named == nil:
	case blob && strings.HasPrefix(name, "OpenBucket"):
		f.use(c.call, model.ResourceBucket, model.ReadWrite, gocloudVia, name, named)
	case pubsub && strings.HasPrefix(name, "Open") && strings.Contains(name, "Topic"):
		f.use(c.call, model.ResourceTopic, model.Publish, gocloudVia, name, named)
	case c.path == "gocloud.dev/pubsub/kafkapubsub" && name == "OpenSubscription" && len(c.args) > 3:
		for _, topic := range sliceItems(c.args[3]) {
			f.use(c.call, model.ResourceTopic, model.Consume, gocloudVia, name, topic)
		}
	case pubsub && strings.HasPrefix(name, "Open") && strings.Contains(name, "Subscription"):
		f.use(c.call, model.ResourceTopic, model.Consume, gocloudVia, name, named)
	}
}

const gocloudVia = "gocloud"

// cloudName is the bucket or topic in a URL of gocloud: s3://bucket?region=…,
// kafka://group?topic=….
func cloudName(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	name, query, _ := strings.Cut(rest, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if topic, ok := strings.CutPrefix(pair, "topic="); ok {
			return topic
		}
	}
	if scheme == "gcppubsub" || scheme == "awssns" || scheme == "awssqs" { // projects/p/topics/t, arn:aws:sns:region:account:t
		name = name[strings.LastIndexAny(name, "/:")+1:]
	}
	return strings.TrimLeft(name, "/")
}

func azureAccess(name string) model.Access {
	for _, prefix := range []string{"Upload", "Delete", "Create"} {
		if strings.HasPrefix(name, prefix) {
			return model.Write
		}
	}
	if strings.HasPrefix(name, "Download") || strings.HasPrefix(name, "NewListBlobs") {
		return model.Read
	}
	return ""
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
