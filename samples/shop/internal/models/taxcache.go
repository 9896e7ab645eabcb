package models

import "sync"

// TaxRates caches the tax_rates table: basis points by country. Tax rates
// change about once a year, there is no point in asking the database for each
// checkout. Hold TaxRatesMu.
var (
	TaxRatesMu sync.RWMutex
	TaxRates   = map[string]int{}
)
