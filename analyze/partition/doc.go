// Package partition proposes which units belong into one service. It is the only
// importer of gonum: its dominators and its strongly connected components are used,
// its Louvain and its maximal flow, which does not tell the cut, are the oracles of
// the tests.
//
// # Steps
//
//  1. layout: roles that the import graph alone tells. Mains; tools (mains without
//     a package to themselves); what no main reaches; and composition roots, which
//     are peeled off layer by layer, because a root ties everything to everything.
//     A main that starts what several other mains start is composite, and peeled. A
//     root has one declaration that comes to half of what the package uses; where each
//     comes to its own, or several mains start different ones, it is an upper layer.
//  2. processes: where several mains own much of the code, what one of them alone
//     reaches is its own. Mains that share half of what few others reach, an API or
//     tables among it, are one service (its server, its consumer, one binary a
//     database: what implements a port that both reach is no difference), unless each
//     answers something of its own besides. Mains that
//     share layers tell this by declaration, by what each names, itself or by what it
//     names: what calls everybody back names nobody. So does what known processes share,
//     where each uses declarations of its own, and a main that starts what the others start
//     owns nothing there. A main that has most of the code and starts several modules
//     is a monolith beside its tools, no process, unless the others answer something
//     and are three or have a fifth of the code; nor are mains that share much and
//     answer nobody: they are the command line and the windows of one program. Without
//     a package of its own a main is a tool, unless it starts what answers others and
//     few mains have built in. In a system of one process the modules that roots start
//     take their place, if they hold a quarter of the code besides themselves: what is reached
//     through one alone is its inside. Unless names are withheld, folders beside each
//     other that repeat two inner folders (handler, store) are modules before these, if
//     a third of the code is in them, with those built alike that no main starts yet; and
//     a package in a folder that has another process's name (an adapter, a client) goes with that one.
//  3. split: a package that mixes domains, and with it a type whose methods do (a god
//     type: facts.GodTypes), comes apart into cells by what its
//     declarations are tied to; a pure package is one cell. Where grouping the
//     declarations cuts through the packages (3 lines of 10 apart from most of their
//     package), the module is layered: groups of declarations across all layers, at
//     the coarsest resolution that is no collapse, are its cells. Its shelves, small
//     packages of interfaces or of data for all domains, come apart as well; and unless
//     names are withheld, files of one name in several layers count as folders do, and
//     where most declarations stand in such files the resolution is that whose groups
//     agree with them best.
//     In other modules a package comes apart by its files where these, three or more,
//     are named after folders that stand beside each other elsewhere (server/booking.go
//     beside booking, tracking and handling); its parts then say nothing of each other.
//     Declarations of one package that name each other in a circle are one part, so
//     that parts can be moved as packages (Levels) without an import cycle.
//  4. pins join, place and part cells, exactly. Dominated packages join what
//     dominates them, unless it only gathers strangers (a struct of all use cases),
//     generated contracts the one server that implements them. What
//     only roots know and what implements an interface of a package that it imports
//     goes with that package: the dependency is inverted, and so is the rule. An
//     interface that three packages implement is a framework's, and says nothing.
//     Transactions join the cells whose code writes in them, unless that would bind
//     more than half of the code; a store that writes for many binds nobody, nor does
//     who opens a transaction for what three packages hand to it (a middleware, a
//     runner of migrations).
//  5. Among processes or modules, ownership flow places what they share: with the
//     one that uses it for more than half, else it is a library. What several
//     processes run, or stands beside folders that are modules, and answers nothing
//     needs three fifths, the rest of a package from which each took its own nearly
//     all, unless it stands in a process's folder: that one uses a driver or a codec
//     somewhat more than another says nothing. Elsewhere an
//     ensemble decides: Louvain over 5 resolutions × 8 seeds, as the share of runs
//     that put two cells together; flow from what the root starts, as the cosine of
//     two cells' owners; their mean. Unless names are withheld, equal folder names
//     then close up to ¾ of the gap that is left. Average linkage over this
//     likeness, cut where opinions are even (0.5).
//  6. kernel: what serves at least three groups, none its main user, and has no
//     table or entry point of its own is a library; a background loop is no entry point
//     (loggers, pools and resolvers have one), the server side of a generated contract
//     is. What only roots import is none, since it serves nobody. It is taken out and the ensemble runs
//     again, because what all use hides who belongs to whom. At the end the groups'
//     tops own what works for them at any distance: what no group has more than half
//     of is a library too, though one of them is its nearest neighbour.
//  7. settle: groups too small to run by themselves join the one they hang on most,
//     save processes that hang on a library alone, or have programLines, as modules that
//     folders tell: they run by themselves already; what was generated makes nobody
//     small; roots and mains go to the one
//     service that they are the front of, or stay roots; what no main reaches goes
//     with the tests that use it; and what owns no table, answers nothing and has to do
//     with nobody (generated documentation) is no service. Among processes, what several of them or a library
//     import is a library at last, though one of them is its main user by flow, where
//     each can have a copy: it has no table and answers nothing, nor does anything that it
//     imports. Nearly all of its importers in one service (¾), a generated contract and,
//     unless names are withheld, a place in a process's folder keep it there, and so
//     does more code that one service alone uses than what several do.
//
// No method is trusted alone. A result with more than half of the lines in one
// service is a collapse, unless processes are known; the best alternative that did
// not collapse is then chosen instead.
//
// # Peeling one service
//
// Peel looks for one service around seeds instead: a random walk from them orders
// the nodes, the sets of first nodes that are cut most cheaply for their size are
// improved by minimal cuts (see there), and the best weighs conductance against size.
// A package comes apart where that is worth Cohesion for each declaration.
//
// # Measured
//
// One command prints the tables:
//
//	go test ./analyze -run TestTruth -v -truth DIR -checkouts DIR [-facts DIR] [-misplaced] [-shuffle-packages] [-drop 0.1] [-without RULE,KIND]
//
// DIR of -truth holds SYSTEM.json (analyze/testdata/truth, fresh, validation, outside, unseen and later): repo, commit, module_dir, patterns, services
// (name → import paths), services_files, shared, family. DIR of -checkouts holds a
// clone of each repo in SYSTEM, at that commit. -facts keeps what was extracted, so
// that a second run takes seconds. Without the folders the test is skipped.
//
// MoJoFM / adjusted Rand index over the packages that the truth gives to services,
// roles counted as groups of their own; kernel: of the lines that the truth calls
// shared, the share left out of services; the last column is the system repacked
// into layers, names withheld, by declaration (ARI).
//
// Systems kept back: analyze/testdata/truth. Their services were told from
// folders, documentation and binaries before any proposal for them was seen. Before
// that the rules had been made on the second table alone, and the median ARI here,
// names withheld, was 0.55, with three collapses:
//
//	                            names         blind     kernel  layers
//	ardanlabs/service             86.2 0.81     79.3 0.69   0.53    0.69
//	beer-shop                     90.2 0.93     89.0 0.86   0.05    0.57
//	boulder                       88.1 0.92     88.1 0.92   0.72    0.64
//	Go-CQRS-Kafka-gRPC           100.0 1.00     97.1 0.96   0.51    0.96
//	go-saas/kit                   97.4 0.96     75.3 0.54   0.89    0.63
//	goddd (files)                100.0 1.00     50.0 0.30
//	kraken                       100.0 1.00    100.0 1.00   0.64    0.71
//	mainflux                      98.0 0.96     94.1 0.89   0.89    0.61
//	open-im                      100.0 1.00    100.0 1.00   0.64    0.87
//	open-im, its layers (files)   92.0 0.86     92.0 0.86
//	tempo                         86.5 0.82     86.5 0.82   0.83    0.60
//	woodpecker                   100.0 1.00     99.0 0.97   0.02    0.16
//	median                        97.7 0.96     90.5 0.87   0.64    0.64
//	mean                          94.9 0.94     87.5 0.82   0.57    0.65
//
// Names withheld, the median system has nothing of its services called library, none
// more than 9 % of their lines. tempo and boulder, components of one binary that
// the binary starts by name, keep most of what is wrong.
//
// Mean ARI, names withheld, of each family and of all others:
//
//	modular monolith                 0.59 0.84
//	monolith of domain layers        0.57 0.87
//	one binary, components by name   0.79 0.83
//	server and clients               0.97 0.81
//	services in one module           0.93 0.77
//	services over shared layers      0.94 0.80
//
// What was changed in sight of this table was left in only
// where it says something about all systems and not about one; still it was in sight.
//
// Systems that were at hand while the steps were written; most of these truths were
// themselves told from what mains reach, which the second step looks at:
//
//	                            names         blind     kernel  layers
//	cadence                       90.4 0.76     90.4 0.77   0.83    0.20
//	corteza                       92.5 0.85     66.0 0.37   0.47    0.23
//	edgex-go                      81.4 0.76     77.5 0.71   0.93    0.83
//	go-micro-services            100.0 1.00    100.0 1.00   0.52    0.27
//	go-monolith-example           92.3 0.88     92.3 0.88   0.12    0.20
//	go-zero-looklook             100.0 1.00     86.3 0.51   0.92    0.49
//	greenfield-storage-provider   76.9 0.93     80.8 0.95   0.34    0.68
//	hotelReservation             100.0 1.00    100.0 1.00   1.00    0.96
//	mallbots, chapter 12          89.3 0.79     85.7 0.72   1.00    0.48
//	mallbots, chapter 4          100.0 1.00    100.0 1.00   1.00    0.63
//	moira                        100.0 1.00    100.0 1.00   0.82    0.93
//	monolith-microservice-shop    94.7 0.87     84.2 0.60   0.74    0.53
//	nsq                          100.0 1.00    100.0 1.00   1.00    0.67
//	temporal                      92.0 0.35     92.9 0.54   0.61    0.58
//	wild-workouts (go.work)      100.0 1.00    100.0 1.00   0.21    0.76
//	median                        94.7 0.93     92.3 0.88   0.80    0.53
//	mean                          94.0 0.88     90.4 0.80   0.70    0.55
//
// Layered systems without a truth, before and after methods of god types part: gotify
// had one store of all 5 tables and "stay", and has messages, plugin-confs, users and
// auth with their tables, messages the first cut; miniflux had none of its 17 tables in
// a service, and has users, sessions and the reader with their handlers and parts of
// the store, and "stay" still.
//
// samples/flights, layered and with a transaction through every domain, by file: 82.4
// 0.65, and blind 79.4 0.59. Most of what is wrong there, and in repacked systems,
// is what defeats people: repositories that all domains share.
//
// A third set, analyze/testdata/fresh: chosen, and its services told, after all rules
// above had been written; then scored once. As first scored, before any rule was
// changed in sight of it:
//
//	                            names         blind     kernel  layers
//	biz-demo/book-shop           100.0 1.00    100.0 1.00   0.90    0.64
//	dendrite                      49.0 0.21     49.0 0.21   0.74    0.53
//	dragonfly                    100.0 1.00    100.0 1.00   0.09    0.20
//	go-coffeeshop                100.0 1.00    100.0 1.00   0.96    0.11
//	harbor                        94.7 0.93     94.7 0.80   0.02    0.09
//	linkerd2                      65.6 0.42     62.5 0.40   0.84    0.64
//	go-modular-monolith           11.9 0.01      8.5 -.02   0.50    0.15
//	rainbond                      79.6 0.41     79.6 0.41   0.49    0.36
//	ride-hailing                  73.5 0.71     71.4 0.53   0.83    -.02
//	median                        79.6 0.71     79.6 0.53   0.76    0.20
//	mean                          74.9 0.63     74.0 0.59   0.60    0.30
//
// Then rules were changed for what it showed, where the two other sets lost nothing by
// it: transactions that a middleware or a runner of migrations opens, small programs of
// a large module, binaries that differ in an adapter, faces of one program, what
// processes name, and the shelves of layers. As it is now, and no longer unseen:
//
//	                            names         blind     kernel  layers
//	biz-demo/book-shop           100.0 1.00    100.0 1.00   1.00    0.90
//	dendrite                      99.0 0.98     72.9 0.54   0.85    0.53
//	dragonfly                    100.0 1.00     97.4 0.94   1.00    0.19
//	go-coffeeshop                100.0 1.00    100.0 1.00   1.00    0.76
//	go-modular-monolith          100.0 1.00     32.2 0.12   0.99    0.13
//	harbor                       100.0 1.00     99.4 0.98   0.04    0.76
//	linkerd2                      65.6 0.41     53.1 0.28   1.00    0.69
//	rainbond                      94.9 0.89     94.9 0.89   0.27    0.72
//	ride-hailing                  93.9 0.94     91.8 0.94   0.96    -.02
//	median                       100.0 1.00     94.9 0.94   0.98    0.69
//	mean                          94.8 0.91     82.4 0.74   0.79    0.52
//
// Calling a library whatever no process claims two thirds of brought the kernel from
// 0.64 to 0.78 on the systems kept back, names withheld, and took 0.04 from the median
// ARI of the systems that were at hand; as it is, with three fifths and only of what
// answers nothing, it takes nothing from any median (dragonfly's kernel 0.09 to 0.79;
// linkerd2 loses, blind 62.5 to 53.1).
// Calling nothing a library that has a front in its own folder won three systems and
// lost three, and was left out.
//
// A fourth set, analyze/testdata/validation: told after rules had been changed in sight
// of the third, to see whether the changes say anything of systems that none of them
// has seen. As first scored:
//
//	                             names         blind       kernel  layers
//	chaos-mesh                   98.4 0.96     98.4 0.97   0.00    0.42
//	CRM-system                   91.7 0.74     91.7 0.74           0.51
//	flyte                        84.1 0.81     84.1 0.81   0.14    0.85
//	food-delivery                97.4 0.97     97.4 0.97   1.00    0.75
//	gin-clean-arch (files)        7.1 -.04      7.1 -.04
//	Go-MicroService              68.4 0.67     52.6 0.41   0.81    0.45
//	openmeter                    23.1 0.08     26.0 0.08   0.35    0.57
//	abdisetiakawan (files)       19.3 -.01     19.3 -.01
//	bartukocakara (files)        30.6 0.02     30.6 0.02
//	ZaphCode (files)             45.5 0.13     45.5 0.13
//	spire                        98.8 0.95     98.8 0.95   0.11    0.81
//	storj                        97.2 0.95     97.2 0.95   0.05    0.30
//	median                       76.2 0.71     68.3 0.58   0.14    0.54
//	mean                         63.5 0.52     62.4 0.50   0.35    0.58
//
// Before the changes these stood at a median of 65.3 0.43, blind 57.5 0.35, and at a mean ARI of 0.40 and 0.37:
// spire, storj and flyte gain, where mains share layers. openmeter, domains behind ports
// over one generated store, is wrong before and after, and so were shops in layers by
// file. Since shelves come apart and files of layers are heard, which was done in sight
// of gin-clean-arch, the other eleven stand at 85.7 0.81, blind 84.1 0.74
// (before: 84.1 0.74, blind 84.1 0.74), at a mean ARI of 0.68 and 0.63.
//
// A fifth set, analyze/testdata/outside: told after rules had been changed in sight of the
// fourth, from deployables, compose files and documentation. As first scored:
//
//	                            names         blind     kernel  layers
//	bankyaya (files)              67.5 0.45     67.5 0.45   0.43
//	concourse                     93.0 0.84     92.0 0.82   0.69    0.07
//	dapr                          91.3 0.19     95.4 0.21   0.26    -.04
//	fission                       68.1 0.60     66.7 0.54   0.37    0.72
//	go-kitex-mall                100.0 1.00     98.0 0.96   0.99    0.97
//	go-ptse-monolith              56.5 0.22     52.2 0.20   0.17    0.30
//	knative/serving               80.9 0.61    100.0 1.00   0.26    0.96
//	kubeedge                      99.4 0.99     98.8 0.99   0.06    0.54
//	openpitrix                   100.0 1.00    100.0 1.00   0.92    0.91
//	shop-ddd-go                  100.0 1.00    100.0 1.00   0.01    0.96
//	thanos                        80.0 0.87     80.0 0.88   0.55    0.65
//	median                        91.3 0.84     95.4 0.88   0.40    0.68
//	mean                          85.1 0.71     86.4 0.73   0.43    0.60
//
// Then rules were changed for what it showed: folders that repeat their inner folders are
// modules, what answers beside a large main is a service, a folder says who owns what is
// in it only when it has a process's name, and what processes share needs a clear main
// user. They say as much of the other sets (dendrite from 75.0 0.64 to 94.8 0.96 by name,
// corteza from 58.5 0.41 to 77.4 0.69, woodpecker from 84.6 0.26 to 100.0 1.00). As it is
// now, and no longer unseen:
//
//	                            names         blind     kernel  layers
//	bankyaya (files)              82.5 0.68     52.5 0.33   0.40
//	concourse                     97.0 0.98     95.0 0.94   0.93    0.07
//	dapr                         100.0 1.00     99.1 0.97   0.27    -.05
//	fission                       68.1 0.60     66.7 0.54   0.58    0.72
//	go-kitex-mall                100.0 1.00     98.0 0.96   0.99    0.97
//	go-ptse-monolith             100.0 1.00     56.5 0.22   0.11    0.30
//	knative/serving              100.0 1.00    100.0 1.00   0.86    0.96
//	kubeedge                      99.4 0.99     98.8 0.99   0.09    0.53
//	openpitrix                   100.0 1.00    100.0 1.00   0.93    0.91
//	shop-ddd-go                  100.0 1.00    100.0 1.00   0.19    0.96
//	thanos                        80.0 0.86     76.7 0.86   0.59    0.65
//	median                       100.0 1.00     98.0 0.96   0.58    0.74
//	mean                          93.4 0.92     85.7 0.80   0.54    0.69
//
// and the fourth set:
//
//	                            names         blind     kernel  layers
//	abdisetiakawan (files)        71.9 0.48     56.1 0.34
//	bartukocakara (files)         85.7 0.88     79.6 0.61
//	chaos-mesh                    98.4 0.97     98.4 0.97   0.00    0.42
//	CRM-system                    91.7 0.74     91.7 0.74           0.51
//	flyte                         92.8 0.93     92.8 0.91   0.77    0.85
//	food-delivery                100.0 1.00     97.4 0.97   1.00    0.77
//	gin-clean-arch (files)        92.9 0.91     66.1 0.64
//	Go-MicroService               89.5 0.89     52.6 0.41   0.81    0.45
//	openmeter                     81.7 0.71     42.3 0.18   0.35    0.50
//	spire                         98.8 0.95     98.8 0.95   0.34    0.81
//	storj                         97.2 0.95     97.2 0.95   0.16    0.30
//	ZaphCode (files)              75.8 0.57     72.6 0.51
//	median                        92.2 0.90     85.6 0.69   0.56    0.51
//	mean                          89.7 0.83     78.8 0.68   0.49    0.58
//
// A sixth set, analyze/testdata/unseen: told after rules had been changed in sight of the
// fifth, from deployables, documentation and folders of teams. As first scored:
//
//	                            names         blind     kernel  layers
//	go-api-boilerplate           100.0 1.00     90.0 0.73   0.86    0.70
//	booboo-hotel (files)          97.1 0.92     58.8 0.58
//	bus-tickets                   89.5 0.80     84.2 0.72   0.03    0.60
//	exposure-notifications        86.1 0.79     77.8 0.48   0.91    0.36
//	flamingo-commerce             46.9 0.44     46.9 0.43   0.82    0.38
//	Flyola-Services (files)       75.8 0.82     75.8 0.82
//	hatchet                       68.9 0.46     67.8 0.43   0.01    0.62
//	loggregator                  100.0 1.00     94.1 0.93   1.00    0.85
//	opencloud                     97.7 0.97     98.8 0.97   0.46    0.78
//	pipecd                        92.6 0.96     91.9 0.95   0.87    0.86
//	seaweedfs                     69.9 0.50     69.9 0.52   0.19    0.53
//	hudayberdipolat (files)       87.8 0.76     86.7 0.79
//	median                        88.7 0.81     81.0 0.72   0.82    0.62
//	mean                          84.4 0.79     78.6 0.70   0.57    0.63
//
// Then rules were changed for what it showed: programs that each answer something over
// one store are services of their own, what was generated makes no service small, modules
// that folders tell stay however small and count before anybody starts them, and layers
// are cut as fine as their files. They say more of other sets: names given, boulder rose
// from 66.7 0.75 to 85.7 0.90, corteza from 77.4 0.69 to 92.5 0.85, concourse from 93.0 0.84 to
// 97.0 0.98, abdisetiakawan from 61.4 0.40 to 77.2 0.47. Names withheld, thanos lost 3 of 80,
// and go-modular-monolith and bus-tickets 2. As it is now, and no longer unseen:
//
//	                            names         blind     kernel  layers
//	go-api-boilerplate           100.0 1.00     90.0 0.73   0.86    0.70
//	booboo-hotel (files)          97.1 0.92     58.8 0.58
//	bus-tickets                  100.0 1.00     70.2 0.48   0.24    0.60
//	exposure-notifications        91.7 0.83     77.8 0.49   0.92    0.36
//	flamingo-commerce             98.4 0.98     57.8 0.44   0.82    0.39
//	Flyola-Services (files)       87.9 0.90     63.6 0.68
//	hatchet                       98.9 1.00     96.7 0.91   0.51    0.62
//	loggregator                  100.0 1.00     94.1 0.93   1.00    0.85
//	opencloud                     97.7 0.97     98.8 0.97   0.46    0.78
//	pipecd                        92.6 0.96     91.3 0.95   0.92    0.86
//	seaweedfs                     61.0 0.41     65.4 0.47   0.19    0.53
//	hudayberdipolat (files)       92.2 0.87     75.6 0.67
//	median                        97.4 0.96     76.7 0.68   0.80    0.64
//	mean                          93.1 0.90     78.3 0.69   0.66    0.63
//
// A seventh set, analyze/testdata/later: told after rules had been changed in sight of the
// sixth, from deployables, folders of domains, and files. As first scored:
//
//	                             names         blind     kernel
//	agola                        81.5 0.86     74.1 0.69   0.41
//	bucketeer                    26.9 0.09     26.9 0.09   0.21
//	cinema-platform (files)      93.8 0.91     68.8 0.64
//	creatly (files)              65.9 0.28     41.5 0.14
//	exposure-verification        90.9 0.79     90.9 0.79   0.63
//	gim                         100.0 1.00    100.0 1.00   1.00
//	gin-mall (files)             95.7 0.74     60.9 0.31
//	go-hris (files)              45.5 0.23     45.5 0.23
//	go-pos (files)               92.6 0.66     66.7 0.40
//	goshop                       71.4 0.69     61.9 0.30   0.59
//	lebron                       91.0 0.84     85.4 0.58   1.00
//	mender-server               100.0 1.00     98.9 0.99   1.00
//	notary                      100.0 1.00    100.0 1.00   0.90
//	prow                         92.8 0.63     92.0 0.81   1.00
//	Rental-Go (files)            80.0 0.59     63.3 0.37
//	veterinary-clinic (files)    36.9 0.12     51.6 0.43
//	median                       91.0 0.72     67.8 0.51   0.90
//	mean                         79.1 0.65     70.5 0.55   0.75
//
// Then rules were changed for what it showed: types of handlers for several domains come
// apart, and so do packages whose files are named after folders, and queries that were
// generated for all tables; who only gathers strangers holds nothing; and what others
// give to a helper is no part of a transaction that it opens. They say more of other
// sets: names given, goddd rose from 50.0 0.30 to 100.0 1.00, bankyaya from 67.5 0.45 to
// 82.5 0.68, cadence from 0.70 to 0.76 ARI. As it is now, and no longer unseen:
//
//	                             names         blind     kernel
//	agola                        81.5 0.86     66.7 0.63   0.45
//	bucketeer                    26.9 0.09     26.9 0.09   0.21
//	cinema-platform (files)      93.8 0.80     50.0 0.43
//	creatly (files)              80.5 0.43     61.0 0.31
//	exposure-verification        90.9 0.79     90.9 0.79   0.63
//	gim                         100.0 1.00    100.0 1.00   1.00
//	gin-mall (files)             95.7 0.74     73.9 0.52
//	go-hris (files)              77.3 0.57     63.6 0.47
//	go-pos (files)               92.6 0.66     66.7 0.40
//	goshop                      100.0 1.00     71.4 0.68   0.84
//	lebron                       91.0 0.84     85.4 0.58   1.00
//	mender-server               100.0 1.00     98.9 0.99   1.00
//	notary                      100.0 1.00    100.0 1.00   0.90
//	prow                         92.8 0.63     92.0 0.81   1.00
//	Rental-Go (files)            80.0 0.59     63.3 0.37
//	veterinary-clinic (files)    89.3 0.88     82.8 0.75
//	median                       91.8 0.79     72.7 0.61   0.90
//	mean                         87.0 0.74     74.6 0.61   0.78
//
// bucketeer is one program for fifteen domains beside three others: its programs are the
// proposal, as harbor's are, and its folders the truth.
//
// What is still wrong: services that one binary starts by a flag or a subcommand are one
// process (fission, linkerd2, seaweedfs); names withheld, modules whose handlers a transport calls
// back and whose ports several implement (go-ptse-monolith, go-modular-monolith,
// openmeter); and kernels that a store or a loop in them makes look like services
// (harbor, kubeedge, woodpecker).
//
// # What each rule is worth
//
// Names withheld, on the systems kept back; a rule is left out at a time
// (Options.Without). MoJoFM, ARI and kernel are medians, mean is of the ARI:
//
//	without        MoJoFM  ARI mean kernel
//	none            90.5 0.87 0.82   0.64
//	processes       77.9 0.50 0.53   0.53
//	variants        87.8 0.86 0.80   0.64
//	peel            90.5 0.87 0.72   0.64
//	split           90.5 0.86 0.81   0.64
//	layers          90.5 0.87 0.82   0.64
//	modules         90.5 0.86 0.81   0.64
//	dominated       90.6 0.87 0.82   0.64
//	contracts       89.9 0.85 0.77   0.64
//	adapters        90.5 0.87 0.80   0.64
//	transactions    90.5 0.87 0.82   0.64
//	louvain         90.6 0.87 0.83   0.64
//	flow            90.5 0.87 0.82   0.64
//	kernel          90.5 0.87 0.80   0.51
//	distance        90.5 0.87 0.82   0.64
//	linked          90.5 0.88 0.82   0.64
//
// Processes carry most, then peeling roots, contracts and taking the kernel out. Most of
// these systems run as several processes, where the ensemble has little to decide: what
// its rules are worth shows in monoliths, of which three are here. Linked libraries bring
// their kernels in the other sets (the third from 0.87 to 0.96, those at hand from 0.76 to
// 0.80, the fourth from 0.34 to 0.55), and cost a hundredth of the mean. -without
// leaves kinds of coupling out too. Weights of couplings follow
// the order of what hurts to cut (package coupling), no fit. Of the shares, two were
// varied on the systems kept back, when the third set was not made yet: the largest user of a library at 0.35, 0.45 and
// 0.55 gave mean ARI 0.66, 0.66 and 0.67; what two mains of one service share at ⅓ and
// ½ gave 0.67 and 0.68. Folders deciding who owns a library changed nothing there, and
// were left out.
//
// # Figures
//
// Stability of a unit is its mean likeness to the others of its service: 1 when
// every run and opinion puts them together. The score of a candidate is Newman's
// modularity over the network of cells. Everything random comes from one seed.
package partition
