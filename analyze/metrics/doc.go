// Package metrics computes what the literature measures of a partition, from the
// model alone: to compare with papers and other tools, never as the verdict, which
// prices what is cut. A partition that puts all in one service has a perfect TurboMQ.
//
// Papers give the same names to different formulas, so each value comes with its own.
// Notation: K services c₁…c_K; nᵢ declarations (functions and types) in cᵢ; calls are
// couplings of kind call between them, v places each. Roots, libraries and what is
// unassigned take no part.
//
//	SM      1/K Σ μᵢ/nᵢ² − 1/(K(K−1)/2) Σ_{i<j} σᵢⱼ/(2 nᵢ nⱼ); μᵢ pairs of
//	        declarations in cᵢ that call, σᵢⱼ pairs across, undirected: structural
//	        modularity as the code of Mono2Micro's artifact has it (Kalia et al.,
//	        ESEC/FSE 2021), FoSCI's SMQ
//	ICP     Σ v across / Σ v: inter-partition calls as CARGO has it (Nitin et al., ASE
//	        2022); Mono2Micro takes ln v + 1
//	IFN     1/K Σ functions of cᵢ that others call: interface number of FoSCI (Jin et
//	        al., TSE 2019)
//	NED     1 − Σ lines of services of ½ to 2 times the mean / Σ lines: non-extreme
//	        distribution, whose bounds of 5 to 20 classes say nothing in Go
//	MQ      Σ CFᵢ, CFᵢ = 2μᵢ/(2μᵢ + εᵢ); μᵢ calls inside, εᵢ calls in and out, 0 where
//	        both are (Mancoridis et al., Bunch)
//	TurboMQ MQ / K in percent; 100 for any one service that holds all
//	purity  1 − mean over tables of H/ln K, H the entropy of the services of the
//	        declarations that touch the table (CARGO); 1 for K = 1
//	cross   transactions whose tables belong to several services
//	complexity  mean over entry points of what a person has to think of when it is
//	        made distributed: 0 in one service, else over each table and mode (read,
//	        write) it uses the number of other distributed entry points that use the
//	        table in the other mode, each once a service: Lisbon's (Santos and Rito
//	        Silva, ICSA 2020), with the tables of one service as one local transaction
//	        since the order of statements is not in the model
//	cycles  groups of services that call each other in circles; CDP the share of pairs
//	        of services that are in one
package metrics
