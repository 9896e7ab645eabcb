// Package bill says what a partition costs: every coupling that a boundary cuts,
// with its price, why it hurts and what cures it; then the order of the cuts and
// the verdict, split or stay.
//
// # Price
//
// One point is the smallest honest piece of work: one function of plain
// parameters that becomes a remote call. Prices compare cuts of one module; they
// are no hours.
//
//	call    the first caller of a function pays
//	          1  + 0.05 a field carried (at most 1)
//	             + the function's obstacles (table below)
//	             + 1 when it returns no error (a wire can fail)
//	             + ½ when it takes no context (a wire can hang)
//	             + 3 when it is called inside a transaction
//	          every further caller a fifth of 1: the facade serves all
//	          × 3 in a loop, × 2 when the loop is around a caller (at most three
//	          calls up), × 1½ when nothing varies and one call before the loop
//	          does; loops that wait, or call another function in each turn,
//	          count as none, nor do loops of roots and tests around callers;
//	          where traces have the call, × (1 + log₂ calls a request), at most
//	          8, instead: a loop that nothing measured counts as four turns
//	        a callback into who registered it, or a call in a goroutine that nobody
//	        waits for: 1, it becomes an event
//	        a function that works on what it is handed alone (a predicate, a
//	        conversion, a method of a value): 0.2, both sides link it, in loops too
//	        what is only registered there, as a route or a job: ½, the registration
//	        moves
//	        a function that nothing of its own service touches: 1, it moves to its
//	        only user; nothing repeats it then
//	tx      10 + 3 for each further table that the other side writes in it;
//	        2 when the other side only reads
//	table   8 when written by another than its owner, 3 when read, 5 when
//	        read in one statement with tables of another; each further place 1;
//	        a foreign key 1
//	resource  6 when a family of keys, a bucket or a file is written from both
//	        sides, 2 when one only reads it; each further place 1; a topic ½: it is
//	        an event already, what is left is to agree on its schema
//	state   8 when written from outside, 4 when its owner changes it and
//	        others read, 2 when it is only read, or written only while the program
//	        starts: by nothing that a route, a message, time or a goroutine leads
//	        to; each further place a fifth; 2 when importing a package of one
//	        service sets it, or registers with it, and another reads it: in the
//	        process of each only that is done which it links
//	type    ½ in a signature, ¼ inside; const 0.05; an error that callers test ½
//	method  2 for the methods of one type that are in another service than the type
//	        (of a god type, whose methods are atoms: facts.GodTypes), ¼ each, ½ for
//	        each interface that the type implements with methods of both: a type of
//	        its own, as Go has methods in their type's package. A type that is in no
//	        service stays with the one that has most of its methods
//	compare ½ where a slice or map that crosses is told apart as nil or empty, by
//	        either side: JSON and proto make one of them (a function that never
//	        gives nil costs nothing); ½ where times that may cross are compared
//	        with ==, which sees location and monotonic clock; 1 where pointers
//	        to a type that crosses are compared: a copy has its own address.
//	        A type costs once between two services
//
//	obstacle      points   obstacle      points   obstacle      points
//	transaction   8        callback      4        generic       2
//	channel       6        interface     3        unexported    2
//	handle        6        mutated       3        context-value 2
//	alias         2        stream        2        options       1
//
// A call through an interface of the caller's own costs the same, as the facade has
// the signatures of what it stands for; the cure names the interface, where it is
// put in.
//
// Crossings are between two services. What a root wires costs nothing: it calls
// the facade, whose signatures are the same; a library is linked into both sides,
// save its variables that change: they count for the service that writes them.
//
// # Cures
//
// Every crossing names the cure of the dearest thing about it; model.Cures has their
// titles and steps. Steps of its own, with names and places, has a crossing whose cure
// depends on them: sagas and outboxes (which tables each side writes, and what takes
// that back, by the verb of the statement), replicas, owners' functions, batches,
// events, and one call for many: a function that calls 3 functions or more of one
// service, each by itself, should call one.
//
// # Added latency
//
// An entry point waits for the remote calls behind it, one after the other:
//
//	added = round trip × (P + (N−1)·L), and what traces counted in place of its share
//	P       places in the code, behind the entry point, that call another service,
//	        each once however many ways lead there: both sides of a branch, and of
//	        a place that dispatches what each of its functions calls
//	L       those of P in a loop, or at most three calls below one; loops in loops
//	        count once
//	N       4, the turns of a loop that nothing measured
//
// Goroutines are not waited for; calls through function values and dispatch to three
// packages and more run what they were handed, and are not followed. A request that
// takes one side of a branch waits for less, one that passes a place twice for more:
// the figure compares entry points, and says where to look.
//
// # Order and verdict
//
// A cut is safe when no transaction writes across it and no table is written from
// both of its sides, and clean when no table is read across it either: the service
// takes its data with it. Services are ordered clean ones first, then safe ones,
// then the rest, in each by
//
//	price + 2 · functions of others it calls (a leaf waits for nobody)
//
// and the first cut is the first of them that is safe and worth a service: it has at
// least 3 % of the lines that people wrote and costs at most 10 points for 100 lines, a
// point for every ten. The best kind that there is:
//
//   - it answers (routes, calls from other programs, but not more commands than those:
//     a tool), or is called where nothing answers, by two functions or where something
//     runs by itself, and owns a table where there are any;
//   - where more than half of all tables are behind a data layer, so that to own one
//     says nothing: it answers for less than half of the module (a front is a layer,
//     too), is cheap and clean, and two runs of three agree on it;
//   - it owns a table and is called by other services.
//
// A service that keeps more than half of all tables and answers at most a tenth of what
// is asked is a data layer, and none. Cheap is what costs at most 5 points for 100
// lines. The verdict is "stay" when fewer than two services came out, when people wrote
// less than 2,000 lines in them, or less than 10,000 while the services of more than two
// thirds of the tables are unsafe, when one has more than 85 % of the lines, or when there
// is no first cut.
//
// # Verdicts on real systems
//
// What ficus analyze says, and what one says after some minutes with the code. Systems
// are those of package partition, and monoliths without a truth:
//
//	system               says   first cut     order and figure               judged
//	cadence              split  matching      51 points, 1 call out          right: a daemon of its own
//	corteza              stay                 45 of 45 tables behind a layer right: store and envoy know all
//	edgex-go             split  data          no point, 1 table              right: core-data, a program of its own
//	go-zero-looklook     split  user          13 points, 2 tables            right; three others share rows
//	greenfield-sp        split  signer        2.2 points for 100 lines       right: it holds the keys
//	go-micro-services    stay                 687 lines                      right, by its size
//	hotelReservation     split  geo           3 points, 1 table              fair: all are tiny
//	mallbots 4           split  payments      11 points, 2 tables            right
//	mallbots 12          split  customers     82 points, 3 tables            right
//	moira                split  filter        25 points                      right
//	monolith-…-shop      stay                 1,362 lines                    right, by its size
//	nsq                  split  nsqadmin      7 points                       right
//	go-monolith-example  split  auth          219 points, 2 tables           right
//	temporal             split  matching      685 points, no table across    right: a role of its own
//	wild-workouts        split  trainer       62 points, 1 table             right; users is clean but tiny
//	ardanlabs/service    split  homedb        23 points, 1 table             right: the domain of homes
//	beer-shop            split  order         3 points, 1 table              right
//	boulder              split  revoked…      132 points, slowly             wrong: half of the storage, sa
//	cqrs-products        split  product       25 points, 1 table             right: the writing side
//	goddd                stay                 4 of 4 tables behind a layer   right: 2,000 lines in layers
//	kraken               split  build-index   237 points, 3 tables           right
//	mainflux             split  certs         156 points, 1 table            right
//	open-im              split  api           2 points, 112 routes           fair: the front, which is no relief
//	saas-kit             split  realtime      51 points, 1 table             right
//	tempo                split  livestore     261 points, slowly             right
//	woodpecker           split  server        187 points, 18 tables          fair: a person would take the agent out
//	answer               split  notification  240 points, 2 tables, slowly   right; half are tied
//	gogs                 split  hook-task     246 points, slowly             fair: the webhooks; the rest is knotted
//	gotify               stay                 4 of 5 tables are tied         right: small, one store
//	memos                stay                 11 of 11 tables behind a layer right: one store under one API
//	miniflux             stay                 no boundary without a write    right: one person's reader
//	nomad                split  drivers       10 tables behind the client    fair: they may run as plugins
//	telegraf             split  inputs        1,930 points, 393 calls out    wrong: an agent on each machine
package bill
