// Package facts turns a loaded program into facts: what is declared, called,
// used, read and written, where. One file a kind of fact. Every fact carries its
// evidence: a position, and whether it is proved (by types or a constant),
// resolved (followed through data flow or dispatch) or guessed. Facts know nothing
// of services.
//
// # How sure a fact is
//
// Proved is what types, constants and comments for ficus say in the place itself: a
// static call, an assignment, a statement that is one constant on each branch, DDL, a
// route of constants with a function named.
//
// Resolved is what was followed: dispatch, variables, fields, parameters, what
// functions give back, groups and mounts of routers, middleware and handler factories,
// rows of tables, an ORM's model by its type and naming rule, all transactions.
// Statements with parts that are not known, but no table's name among them, are too.
//
// Guessed is what a name or a habit suggests: that a method of a foreign type which is
// called Add or Set writes the variable, or may whose address is taken; that a type
// which publishes and subscribes is a bus, and one with methods named as HTTP's that take
// a pattern and a handler a router; dispatch that no flow leads to; one of
// several statements of a name; a route whose handler, or the prefix before it, is not
// known. testdata/confidence.txtar has an example of each, held to what is said here.
//
// # Whose fact it is
//
// A fact belongs to a declaration of the module, a Ref. Methods are their type's, but
// for those of god types (GodTypes), which Loosen makes declarations of their own;
// an anonymous function is part of the declaration that it stands in; an instance
// of a generic is the generic; wrappers and bound methods are looked through. What
// runs while a package is initialised belongs to the variable that it initialises.
//
// # Calls
//
// Dispatch is resolved by variable type analysis (package vta) over the module's own
// functions, generics by instance. It is sound but for reflection, unsafe, assembly and what
// dependencies call back. Where no flow inside the module leads a value to a call
// through one of the module's interfaces, since it comes out of a dependency's
// container or a registry, the call may reach each type that the module converts to
// the interface; such calls are guessed.
//
// Mocks and fakes are no targets of code that runs without them, where there is another
// target: what stands in a package that no main of the module imports, itself or by
// others, is none for code that one does; nor are, for other code, types in files that
// a generator of mocks has written, or, in a module without mains, those named
// Mock… or Fake… in a package that only tests import. A main that is left out, by its
// build tags, is not known here.
//
// Dispatch through interfaces of the standard library and the universe (error,
// io.Reader, http.Handler) couples everything with everything and is left out.
// TestAgainstWholeProgram compares the calls of any module with whole-program VTA:
// on six real systems 99.3 to 100 % of the edges between packages are found, and
// 98.2 to 100 % of those given are confirmed.
//
// A loop over an iterator is code of who writes it, and calls what makes the iterator
// and what that does on its way. That an iterator yields is no call: to which of all
// loops over its type nobody tells.
//
// Constructors and functions that are given to a container of dependency injection
// (fx, dig, do) are called by whoever gives them; what wire generates is plain code.
// Reflection that calls, plugins, linked names, assembly and unsafe pointers are
// listed in Unresolved, each with its place.
//
// # Data
//
// SQL is found where it is handed to the database: any function that takes a string
// and gives rows, a row, a result, a statement or a command tag of a database
// library, and the module's own wrappers around such functions, up to three deep.
// The text is resolved through constants, concatenation, fmt.Sprintf, branches,
// builders, variables and fields, embedded files and the callers' constants; what
// stays unknown is a hole. A text counts if no hole stands where a table's name
// does; else the place is listed in Unresolved with the comment that settles it:
//
//	//ficus:table orders rw
//
// before the call, or in the function's doc comment. Statements that .sql files give
// names to ("-- name: get-user", as goyesql, dotsql and others read them) are looked up
// by the map's key, by the tag of the field that the library fills, or by the name that
// is handed to it; a prepared statement that is kept in a field or variable counts where
// it runs as well as where it is prepared. ORMs (gorm, xorm, bun, go-pg,
// ent, beego's, dbx, pop, reform) are followed by the model that a chain of calls ends with,
// and by the relations that it names; what one of several options of a chain reads is the
// option's. sqlboiler and ent by what they generate. Query builders (squirrel, goqu, dbx, dbr,
// go-jet, upper/db) by the tables that their calls name; collections of MongoDB (the driver's,
// mgo, qmgo), Firestore, upper/db and gocloud's docstore, tables of DynamoDB and buckets of bolt
// are tables, by the name that they are made or asked with; stores of structs (storm, bolthold,
// badgerhold) have one for each type. Tables are defined by migrations and other .sql files, by
// SQL in the code, ent's schema and mapped structs.
// Of a table whose schema is not known, or whose prefix each installation chooses, the name
// is what follows: …_orders.
//
// Code that is given its table's name (a store made by NewStore("orders.events"), a
// field that several places fill) or that is made for a type (Repo[Order]) is many
// stores in one. TableAccess.For names on whose behalf it works: who gave the name,
// or the type. DataSites list every place that hands a statement to a database and
// what became of it, so that what is not understood can be counted.
//
// # Resources
//
// What has a name outside of the process and the database: families of keys
// (go-redis, redigo, rueidis, memcached, etcd, badger, pebble, leveldb), topics, queues and tasks (NATS, kafka-go,
// sarama, franz-go, confluent, AMQP, watermill, pubsub, SQS, SNS, MQTT, NSQ, Pulsar, Service
// Bus, STOMP, streams of Redis, asynq, river, machinery, Temporal, gocraft's work, and a bus of the module
// itself, told by a type that both publishes and subscribes: guessed), buckets (S3,
// minio, Google, Azure, Aliyun, gocloud), files, and other programs by host or target. A
// name is a pattern: session:… is a family of keys, {BaseURL} a field or environment
// variable that is set from outside. Who makes a client for a host, or a store for a
// bucket, is who uses it; who fills a setting or a record with one is not. A path that may be one of more than eight is one pattern, of
// what all have alike: where paths are joined, the ways multiply. Of exchanges and routing keys the name is exchange/key.
// A key, topic or bucket that is not known is listed with the comment that says it:
//
//	//ficus:uses topic orders.placed publish
//
// # Transactions
//
// A transaction is opened in place or by a helper that runs a function inside it.
// It is followed by value: as argument, inside a struct, behind an interface, in a
// context. What runs through it is reached. A statement that a query builder makes
// is where the calls are that run it: it is followed through variables, wrappers and
// up to four functions that give it back, and from a package variable to all who go on
// with it; what is queued in a batch runs where the batch is sent. What a function makes
// around a transaction and gives back, to be committed or rolled back, is that
// transaction. A function that is called inside without the transaction is part of it,
// unless it is given data, as for each row. Where several stores of one code were
// given their table's name, those made with the transaction are meant.
//
// # What a copy does not survive
//
// Surfaces list what a signature cannot send, with the way to it; a type of another
// module is one obstacle, as nobody can change its inside. They also list arguments
// that are changed, and aliases: what callee and caller go on sharing after the call,
// where one of them changes it in place later. Beside them stand the habits that
// break without a compiler's word: comparisons by identity (times, pointers), nil
// told apart from empty, and which results are nil, or never are.
//
// # Entry points
//
// Besides routes: mains, commands (cobra, urfave/cli), schedules, tasks, consumers
// (that a broker's client calls, or that read messages in a loop), servers of gRPC and
// connect (those too that are given with the description of their service), of kitex and
// twirp, workflows and activities of Temporal, resolvers of GraphQL, and background loops
// that a ticker drives. Behind a server of go-kit the endpoint is what runs, behind a
// generated handler the one method that people have written. What generated code registers
// is no route until somebody calls it. What a function of the module registers for its
// callers is theirs.
//
// # What an import does
//
// InitEffects list what init functions and initialisers of variables do to anything
// but their own package, up to four of the module's functions deep: they register
// with another package, set its variables, define flags, read the environment, open
// files and connections, start goroutines. Functions of other modules are known by
// a list, or guessed by their names (Register…, Set…). Imports for nothing but such
// effects (import _) are listed with them.
//
// # Figures
//
// Each is printed by one command for a checkout of any module, and fails below its
// bound:
//
//	go test ./analyze/facts -run TestSQLSites -dir DIR -v
//	go test ./analyze/facts -run TestAgainstRunningRoutes -dir DIR -routes LIST -v
//	go test ./analyze/facts -run TestAgainstWholeProgram -dir DIR -v
//
// DIR is absolute. LIST has what the running server lists, METHOD pattern a line. The
// tables are known on gogs of 97.8 % of the places with text, on answer of 99.6 %, on
// miniflux, memos, gotify, corteza, mallbots and listmonk of all.
//
// Of 265 accesses drawn at random (seed 1; seven of these and powerman's go-monolith)
// and read in the source, 257 had the right table and access. Four names were wrong, the
// field of one variable taken for that of all, and are right since. Four accesses to
// outboxes are those of another instance of the same store: methods are not told apart
// by instance.
//
// On systems that nothing was made for: of gitea 402 of the 406 operations that its own
// OpenAPI document lists are among the routes, and 6 at most of the 412 found below the
// same prefix are not answered; of casdoor all 326, of vikunja's huma API all 182.
// The places with text whose tables are known: navidrome 99.1 %, photoprism 99.3 %, gitness
// 99.5 %, gitea 98.3 %, casdoor 97.6 %, vikunja 95.2 %, pocketbase 86.3 %, statping 87.9 %,
// ente and writefreely all.
//
// Drawn at random (seed 1, eleven of each kind and system) from navidrome, ente and
// gitness, with writefreely or, for routes, homebox, and held to the source around the
// place: all 44 calls said to be in a loop are in one; 3 of them, of what an iterator is
// given, name a function that another iterator calls. All 44 accesses to package
// variables are of that variable, and write where they say so; a lock that is taken
// counts as reading it, and nine are errors of types of their own, shared by nature and not
// marked so. All 44 transactions are opened there; of six the tables, or some, were
// not known, since a query builder names them where no transaction is seen; the call that
// runs what it makes is looked for since, and all 17 transactions that navidrome opens by
// its WithTx reach tables, of which two did. Of 44 routes
// flagged as reading only 43 do, by their handlers' names, tables and calls, not by all
// code below; the other is made by a function of another module that writes through what
// it is given.
//
// The kinds that had not been sampled were drawn (seed 1, in turn from each system that has
// them) from thirteen systems more: convoy, supabase's auth, chirpstack, centrifugo, athens,
// gotosocial, simplebank, openfga, flipt, shellhub, crawlab, redpanda's console, openmeter.
// Of 40 accesses to tables 37 are right; three had the access of another method of a store
// that is made for one call, and are right since. Of 30 uses of keys and 14 of buckets all
// are right, of 30 of files 29 (a suffix that is taken off; right since), of 36 requests 34
// (two hosts are of test data; gone since), of 40 of topics 35 (four are of a type that was
// no bus, one name had lost its end; right since). Before, what these systems showed was
// far worse: no table at all on MongoDB and pop, 80 of 580 statements of bun not known,
// 2,129 routes in the place of 77, and 913 requests in the place of 57.
//
// Of places that a plain search finds (seed 1) all 38 of 40 that are SQL at all are listed,
// resolved or not; of those of keys, topics, hosts and targets all whose library is known,
// most at the callers of the function that they stand in. Not followed are clients around
// other libraries' (a package of storage of its own, schedulers nobody knows) and generic
// stores that name their table by reflection, which are listed. The places with text whose
// tables are known: convoy 99.8 %, auth, chirpstack, simplebank, openfga, flipt, athens and
// crawlab all, gotosocial 98.4 %, openmeter 97.7 %, shellhub 97.3 %, centrifugo 92.7 % (four of
// 55: tables that the configuration names; 96.4 % since lists of names are followed).
//
// Seen last, as they were before anything was made for them: semaphore, fider, nakama,
// one-api, Cloudreve, exposure-notifications-server, concourse and livekit. Of nakama's 179
// operations and semaphore's 82 all are among the routes, of fider's 133, one-api's 124 and
// Cloudreve's 166 registrations all; of concourse's 127 none was (a router with a table of
// names; all are since), of exposure-notifications' 39 those of nine services stood behind
// a prefix twice. The places with text whose tables are known: exposure-notifications and
// Cloudreve all, nakama 99.4 %, semaphore 99.1 %. Of 45 accesses to tables drawn there (seed
// 1) all are right, of 60 of keys all, of 27 of package variables all, of 40 calls in loops
// all, of 45 requests 41. Of concourse's 97 transactions 3 were seen; of those of
// exposure-notifications some were callbacks for rows that reached 20 tables and some missed
// theirs, as two of nakama's 42 did; that is right since. Livekit, whose own modules could
// not be had, lost its call graph to a panic.
//
// Seen since: traggo, filebrowser, shiori, dex, mindoc, focalboard, a template of fiber's, and
// again fider and boulder. Routes: all 35 of filebrowser and 13 of the template that the
// running servers list, the 40 and 119 that the source of shiori and mindoc registers.
// The places with text whose tables are known were 74.6 % of mindoc's, 91.6 % of focalboard's
// and, with two of three not listed at all, 75.6 % of boulder's; they are all, all and 95.7 %
// (gorp and its branches are followed by the types that tables are registered for). All 21
// transactions of focalboard and 26 of shiori's 47 reached no table; now none of focalboard's
// and 8 of shiori's do, most of which run DDL. Of fider's 300 messages to its bus, which finds handlers by reflection over
// their type, each is a call of its handler. Boulder's edges between packages are found to
// 97.0 %: the others are calls of gRPC's interceptors and streams by generated code, which
// lead through gRPC, and of mocks.
//
// Of other stacks, as they were found and after what they asked for was made: on hertz
// DomTok's 52 routes (no handler known; all) and 62 methods of five kitex services (none;
// all), on go-zero looklook's 17 routes (none; all), on GoFrame the 65 that gfast binds
// (none; all), on oapi-codegen and echo hatchet's 148 (none; all, each with the method that
// people wrote), on kratos a kit's 139 (159 with 20 that nobody serves, behind generated
// handlers; all), on echo sources-api-go's 439 (all; its four topics were consumed and
// published alike, now as they are) and content-sources-backend's 77 of two versions (again
// without their prefix; once).
package facts
