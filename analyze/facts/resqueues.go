package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// topicCall is a function or method that is given a topic's name. arg is where, not
// counting the receiver; -1: the first string or list of strings.
type topicCall struct {
	path, name, via string
	access          model.Access
	arg             int
}

const (
	natsPath      = "github.com/nats-io/nats.go"
	streamPath    = "github.com/nats-io/nats.go/jetstream"
	watermillPath = "github.com/ThreeDotsLabs/watermill/message"
	saramaPath    = "github.com/IBM/sarama"
	oldSaramaPath = "github.com/Shopify/sarama"
	franzPath     = "github.com/twmb/franz-go/pkg/kgo"
	confluentPath = "github.com/confluentinc/confluent-kafka-go/kafka"
	pubsubPath    = "cloud.google.com/go/pubsub"
	mqttPath      = "github.com/eclipse/paho.mqtt.golang"
	mqtt5Path     = "github.com/eclipse/paho.golang/paho"
	nsqPath       = "github.com/nsqio/go-nsq"
	azurePath     = "github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	stompPath     = "github.com/go-stomp/stomp"
	workPath      = "github.com/gocraft/work"
	kqPath        = "github.com/zeromicro/go-queue/kq"
	machineryPath = "github.com/RichardKnop/machinery"
	pulsarPath    = "github.com/apache/pulsar-client-go/pulsar"
)

var topicCalls = []topicCall{
	{natsPath, "Publish", "nats", model.Publish, 0}, {natsPath, "PublishAsync", "nats", model.Publish, 0},
	{natsPath, "PublishRequest", "nats", model.Publish, 0},
	{natsPath, "Request", "nats", model.Publish, 0}, {natsPath, "RequestWithContext", "nats", model.Publish, 1},
	{natsPath, "Subscribe", "nats", model.Consume, 0}, {natsPath, "QueueSubscribe", "nats", model.Consume, 0},
	{natsPath, "SubscribeSync", "nats", model.Consume, 0}, {natsPath, "QueueSubscribeSync", "nats", model.Consume, 0},
	{natsPath, "ChanSubscribe", "nats", model.Consume, 0}, {natsPath, "ChanQueueSubscribe", "nats", model.Consume, 0},
	{natsPath, "PullSubscribe", "nats", model.Consume, 0},
	{streamPath, "Publish", "nats", model.Publish, 1}, {streamPath, "PublishAsync", "nats", model.Publish, 0},
	{watermillPath, "Publish", "watermill", model.Publish, 0}, {watermillPath, "Subscribe", "watermill", model.Consume, 1},
	{watermillPath, "AddHandler", "watermill", model.Consume, 1}, {watermillPath, "AddHandler", "watermill", model.Publish, 3},
	{watermillPath, "AddNoPublisherHandler", "watermill", model.Consume, 1}, {watermillPath, "AddConsumerHandler", "watermill", model.Consume, 1},
	{saramaPath, "Consume", "sarama", model.Consume, -1}, {saramaPath, "ConsumePartition", "sarama", model.Consume, 0},
	{oldSaramaPath, "Consume", "sarama", model.Consume, -1}, {oldSaramaPath, "ConsumePartition", "sarama", model.Consume, 0},
	{franzPath, "ConsumeTopics", "franz-go", model.Consume, -1}, {franzPath, "DefaultProduceTopic", "franz-go", model.Publish, 0},
	{confluentPath, "SubscribeTopics", "confluent-kafka", model.Consume, -1}, {confluentPath, "Subscribe", "confluent-kafka", model.Consume, 0},
	{pubsubPath, "Topic", "pubsub", model.Publish, 0}, {pubsubPath, "Publisher", "pubsub", model.Publish, 0},
	{pubsubPath, "Subscription", "pubsub", model.Consume, 0}, {pubsubPath, "Subscriber", "pubsub", model.Consume, 0},
	{mqttPath, "Publish", "mqtt", model.Publish, 0}, {mqttPath, "Subscribe", "mqtt", model.Consume, 0}, {mqttPath, "AddRoute", "mqtt", model.Consume, 0},
	{nsqPath, "Publish", "nsq", model.Publish, 0}, {nsqPath, "PublishAsync", "nsq", model.Publish, 0}, {nsqPath, "MultiPublish", "nsq", model.Publish, 0},
	{nsqPath, "DeferredPublish", "nsq", model.Publish, 0}, {nsqPath, "NewConsumer", "nsq", model.Consume, 0},
	{azurePath, "NewSender", "servicebus", model.Publish, 0}, {azurePath, "NewReceiverForQueue", "servicebus", model.Consume, 0},
	{azurePath, "NewReceiverForSubscription", "servicebus", model.Consume, 0},
	{stompPath, "Send", "stomp", model.Publish, 0}, {stompPath, "Subscribe", "stomp", model.Consume, 0},
	{workPath, "Enqueue", "work", model.Publish, 0}, {workPath, "EnqueueUnique", "work", model.Publish, 0}, {workPath, "EnqueueIn", "work", model.Publish, 0},
	{workPath, "Job", "work", model.Consume, 0}, {workPath, "JobWithOptions", "work", model.Consume, 0},
	{kqPath, "NewPusher", "go-queue", model.Publish, 1},
	{machineryPath, "RegisterTask", "machinery", model.Consume, 0},
	{"github.com/hibiken/asynq", "NewTask", "asynq", model.Publish, 0}, {"github.com/hibiken/asynq", "NewTaskWithHeaders", "asynq", model.Publish, 0},
	{"github.com/hibiken/asynq", "HandleFunc", "asynq", model.Consume, 0}, {"github.com/hibiken/asynq", "Handle", "asynq", model.Consume, 0},
}

const amqpPath = "github.com/rabbitmq/amqp091-go"

// queue records the topics, queues and subjects of message brokers.
func (f *resourceFinder) queue(c outsideCall) {
	switch c.path {
	case amqpPath, "github.com/streadway/amqp":
		f.amqp(c)
		return
	case "github.com/riverqueue/river":
		f.river(c)
		return
	}
	f.temporal(c)
	for _, t := range topicCalls {
		if t.path != c.path || t.name != c.fn.Name() || t.arg >= len(c.args) {
			continue
		}
		for _, name := range topicValues(c, t.arg) {
			f.use(c.call, model.ResourceTopic, t.access, t.via, c.fn.Name(), name)
		}
	}
}

// topicValues gives the values that name topics.
func topicValues(c outsideCall, arg int) []ssa.Value {
	if arg >= 0 {
		if isString(c.args[arg].Type()) {
			return c.args[arg : arg+1]
		}
		return nil
	}
	for _, a := range c.args {
		if isString(a.Type()) {
			return []ssa.Value{a}
		}
		if items := sliceItems(a); len(items) > 0 && isString(items[0].Type()) {
			return items
		}
		if sl, ok := a.Type().Underlying().(*types.Slice); ok && isString(sl.Elem()) {
			return []ssa.Value{a} // from elsewhere: asked for
		}
	}
	return nil
}

// amqp names what is published and bound by exchange and key, what is consumed by
// the queue.
func (f *resourceFinder) amqp(c outsideCall) {
	first := 0
	if strings.HasSuffix(c.fn.Name(), "WithContext") {
		first = 1
	}
	use := func(access model.Access, parts ...ssa.Value) {
		if k, ok := parts[0].(*ssa.Const); ok && k.Value != nil && k.Value.ExactString() == `""` && len(parts) > 1 {
			parts = parts[1:] // the default exchange: the key is the queue
		}
		f.use(c.call, model.ResourceTopic, access, "amqp", c.fn.Name(), parts...)
	}
	switch c.fn.Name() {
	case "Publish", "PublishWithContext", "PublishWithDeferredConfirm", "PublishWithDeferredConfirmWithContext":
		if len(c.args) > first+1 {
			use(model.Publish, c.args[first], c.args[first+1])
		}
	case "Consume", "ConsumeWithContext", "Get":
		if len(c.args) > first && isString(c.args[first].Type()) {
			use(model.Consume, c.args[first])
		}
	case "QueueBind":
		if len(c.args) > 2 {
			use(model.Consume, c.args[2], c.args[1])
		}
	}
}

// river names a job by the constant that its arguments' Kind gives.
func (f *resourceFinder) river(c outsideCall) {
	switch c.fn.Name() {
	case "Insert", "InsertTx":
		for _, a := range c.args {
			if m, ok := a.(*ssa.MakeInterface); ok && strings.HasSuffix(bareTypePath(m.Type()), ".JobArgs") {
				f.jobKind(c, m.X.Type(), model.Publish)
			}
		}
	case "AddWorker", "AddWorkerSafely":
		if callee := c.call.Common().StaticCallee(); callee != nil && len(callee.TypeArgs()) == 1 {
			f.jobKind(c, callee.TypeArgs()[0], model.Consume)
		}
	}
}

func (f *resourceFinder) jobKind(c outsideCall, t types.Type, access model.Access) {
	if v := f.e.kindOf(t); v != nil {
		f.use(c.call, model.ResourceTopic, access, "river", c.fn.Name(), v)
	}
}

// kindOf gives what a type's method Kind returns, if it has one way to.
func (e *extractor) kindOf(t types.Type) ssa.Value {
	n := namedOf(t)
	if n == nil || e.p.Prog == nil {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), "Kind")
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	body := e.p.Prog.FuncValue(fn)
	if body == nil || len(body.Blocks) != 1 {
		return nil
	}
	if ret, ok := body.Blocks[0].Instrs[len(body.Blocks[0].Instrs)-1].(*ssa.Return); ok && len(ret.Results) == 1 {
		return ret.Results[0]
	}
	return nil
}

// resourceField is a field of a library's struct that names a resource; what the
// struct's name begins with tells what is done.
type resourceField struct {
	path, field, via string
	kind             model.ResourceKind
	access           map[string]model.Access // by a prefix of the struct's name; "": any
}

var (
	writerReader = map[string]model.Access{"Writer": model.Publish, "Message": model.Publish, "Reader": model.Consume}
	objectAccess = map[string]model.Access{"Put": model.Write, "Delete": model.Write, "Copy": model.Write, "Upload": model.Write, "Create": model.Write,
		"Complete": model.Write, "Get": model.Read, "Head": model.Read, "List": model.Read, "Select": model.Read}
	streamAccess = map[string]model.Access{"XAdd": model.Publish, "XRead": model.Consume}
	pulsarAccess = map[string]model.Access{"Producer": model.Publish, "Consumer": model.Consume, "Reader": model.Consume}
	mqttAccess   = map[string]model.Access{"Publish": model.Publish, "Subscribe": model.Consume}
	queueAccess  = map[string]model.Access{"Send": model.Publish, "Publish": model.Publish, "Receive": model.Consume}
)

var resourceFields = []resourceField{
	{"github.com/segmentio/kafka-go", "Topic", "kafka-go", model.ResourceTopic, writerReader},
	{"github.com/segmentio/kafka-go", "GroupTopics", "kafka-go", model.ResourceTopic, writerReader},
	{natsPath, "Subject", "nats", model.ResourceTopic, map[string]model.Access{"Msg": model.Publish}},
	{machineryPath + "/tasks", "Name", "machinery", model.ResourceTopic, map[string]model.Access{"Signature": model.Publish}},
	{streamPath, "FilterSubjects", "nats", model.ResourceTopic, map[string]model.Access{"ConsumerConfig": model.Consume}},
	{streamPath, "FilterSubject", "nats", model.ResourceTopic, map[string]model.Access{"ConsumerConfig": model.Consume}},
	{saramaPath, "Topic", "sarama", model.ResourceTopic, map[string]model.Access{"ProducerMessage": model.Publish}},
	{oldSaramaPath, "Topic", "sarama", model.ResourceTopic, map[string]model.Access{"ProducerMessage": model.Publish}},
	{franzPath, "Topic", "franz-go", model.ResourceTopic, map[string]model.Access{"Record": model.Publish}},
	{confluentPath, "Topic", "confluent-kafka", model.ResourceTopic, map[string]model.Access{"TopicPartition": model.Publish}},
	{"github.com/redis/go-redis", "Stream", "go-redis", model.ResourceTopic, streamAccess},
	{"github.com/go-redis/redis", "Stream", "go-redis", model.ResourceTopic, streamAccess},
	{"github.com/redis/go-redis", "Streams", "go-redis", model.ResourceTopic, streamAccess},
	{"github.com/go-redis/redis", "Streams", "go-redis", model.ResourceTopic, streamAccess},
	{pulsarPath, "Topic", "pulsar", model.ResourceTopic, pulsarAccess},
	{pulsarPath, "Topics", "pulsar", model.ResourceTopic, pulsarAccess},
	{mqtt5Path, "Topic", "mqtt", model.ResourceTopic, mqttAccess},
	{"github.com/bradfitz/gomemcache/memcache", "Key", "memcache", model.ResourceKey, map[string]model.Access{"Item": model.Write}},
	{"github.com/aws/aws-sdk-go/service/s3/s3manager", "Bucket", "s3", model.ResourceBucket, objectAccess},
	{"github.com/aws/aws-sdk-go-v2/service/s3", "Bucket", "s3", model.ResourceBucket, objectAccess},
	{"github.com/aws/aws-sdk-go/service/s3", "Bucket", "s3", model.ResourceBucket, objectAccess},
	{"github.com/aws/aws-sdk-go-v2/service/sqs", "QueueUrl", "sqs", model.ResourceTopic, queueAccess},
	{"github.com/aws/aws-sdk-go/service/sqs", "QueueUrl", "sqs", model.ResourceTopic, queueAccess},
	{"github.com/aws/aws-sdk-go-v2/service/sns", "TopicArn", "sns", model.ResourceTopic, queueAccess},
	{"github.com/aws/aws-sdk-go/service/sns", "TopicArn", "sns", model.ResourceTopic, queueAccess},
}

// fields records what is stored in the fields of libraries' structs.
func (f *resourceFinder) fields() {
	type found struct {
		st     *ssa.Store
		r      resourceField
		access model.Access
	}
	var all []found
	for v, stores := range f.e.storesOf().stores {
		if v.Pkg() == nil || f.e.own[v.Pkg()] {
			continue
		}
		for _, r := range resourceFields {
			if r.field != v.Name() || r.path != barePath(v.Pkg().Path()) {
				continue
			}
			for _, st := range stores {
				if a := r.of(st); a != "" {
					all = append(all, found{st, r, a})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		x, y := f.e.posKey(f.e.posOf(a.st)), f.e.posKey(f.e.posOf(b.st))
		if x != y {
			return int(min(max(x-y, -1), 1))
		}
		return strings.Compare(string(a.access), string(b.access))
	})
	for _, x := range all {
		vals := []ssa.Value{x.st.Val}
		if items := sliceItems(x.st.Val); len(items) > 0 {
			vals = items
		}
		if x.r.field == "Streams" { // and as many ids after them
			vals = vals[:(len(vals)+1)/2]
		}
		for _, v := range vals {
			f.use(x.st, x.r.kind, x.access, x.r.via, x.r.field, v)
		}
	}
}

// of gives what a store into the field does, by the struct that has it.
func (r resourceField) of(st *ssa.Store) model.Access {
	fa, ok := st.Addr.(*ssa.FieldAddr)
	if !ok {
		return ""
	}
	n := namedOf(fa.X.Type())
	if n == nil {
		return ""
	}
	for prefix, a := range r.access {
		if strings.HasPrefix(n.Obj().Name(), prefix) {
			return a
		}
	}
	return ""
}
