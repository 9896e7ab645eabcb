package app

import (
	"context"
	"fmt"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
)

type seedProduct struct {
	sku, name, category string
	euros, dollars      int64 // in cents, 0 if not sold in that currency
	stock               int
	bin                 string
	tags                []string
}

var seedCategories = []string{"Coffee", "Tea", "Equipment", "Books"}

var seedProducts = []seedProduct{
	{"COF-ETH-250", "Ethiopia Yirgacheffe 250 g", "coffee", 1090, 1190, 120, "A-01", []string{"filter", "organic"}},
	{"COF-ETH-1000", "Ethiopia Yirgacheffe 1 kg", "coffee", 3790, 4090, 40, "A-02", []string{"filter", "organic"}},
	{"COF-BRA-250", "Brazil Santos 250 g", "coffee", 890, 990, 200, "A-03", []string{"espresso"}},
	{"COF-BRA-1000", "Brazil Santos 1 kg", "coffee", 2990, 3290, 60, "A-04", []string{"espresso"}},
	{"COF-COL-250", "Colombia Huila 250 g", "coffee", 1190, 1290, 80, "A-05", []string{"filter"}},
	{"COF-DEC-250", "Decaf House Blend 250 g", "coffee", 990, 0, 30, "A-06", []string{"decaf"}},
	{"TEA-SEN-100", "Sencha 100 g", "tea", 790, 890, 90, "B-01", []string{"green"}},
	{"TEA-GEN-100", "Genmaicha 100 g", "tea", 690, 790, 70, "B-02", []string{"green"}},
	{"TEA-DAR-100", "Darjeeling First Flush 100 g", "tea", 1290, 1390, 50, "B-03", []string{"black"}},
	{"TEA-OOL-100", "Oolong Tie Guan Yin 100 g", "tea", 1490, 0, 25, "B-04", []string{"oolong"}},
	{"TEA-ROO-100", "Rooibos 100 g", "tea", 490, 590, 110, "B-05", nil},
	{"EQP-V60-02", "Dripper V60", "equipment", 2490, 2690, 35, "C-01", []string{"filter"}},
	{"EQP-GRI-01", "Hand Grinder", "equipment", 8990, 9490, 12, "C-02", []string{"espresso", "filter"}},
	{"EQP-KET-01", "Gooseneck Kettle", "equipment", 6490, 6990, 15, "C-03", []string{"filter"}},
	{"EQP-SCA-01", "Brewing Scale", "equipment", 4490, 4790, 20, "C-04", nil},
	{"EQP-POT-01", "Cast Iron Teapot", "equipment", 5490, 5890, 3, "C-05", []string{"green"}},
	{"BOK-COF-01", "The World of Coffee", "books", 2990, 3190, 18, "D-01", nil},
	{"BOK-TEA-01", "A Short History of Tea", "books", 1990, 2190, 0, "D-02", nil},
}

var seedCustomers = []struct {
	registration customers.Registration
	address      customers.AddressInput
}{
	{
		customers.Registration{Email: "ada@example.com", Name: "Ada Martens", Country: "DE", Language: "de", Marketing: true},
		customers.AddressInput{Street: "Lindenweg 4", City: "Berlin", PostalCode: "10115", Country: "DE"},
	},
	{
		customers.Registration{Email: "louis@example.com", Name: "Louis Petit", Country: "FR", Language: "fr"},
		customers.AddressInput{Street: "12 rue des Lilas", City: "Lyon", PostalCode: "69003", Country: "FR"},
	},
	{
		customers.Registration{Email: "grace@example.com", Name: "Grace Hill", Country: "US", Marketing: true},
		customers.AddressInput{Street: "7 Maple Street", City: "Portland", PostalCode: "97201", Country: "US"},
	},
}

// Seed loads demo data into an empty shop. A shop that has products stays as
// it is.
func (a *App) Seed(ctx context.Context) error {
	_, total, err := a.catalogue.ListProducts(ctx, catalogue.Filter{Limit: 1})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if total > 0 {
		a.log.InfoContext(ctx, "shop has products, nothing to seed", "products", total)
		return nil
	}
	categories := map[string]int64{}
	for i, name := range seedCategories {
		c, err := a.catalogue.CreateCategory(ctx, name, nil, i)
		if err != nil {
			return fmt.Errorf("seed category %s: %w", name, err)
		}
		categories[c.Slug] = c.ID
	}
	for _, p := range seedProducts {
		if err := a.seedProduct(ctx, p, categories[p.category]); err != nil {
			return fmt.Errorf("seed product %s: %w", p.sku, err)
		}
	}
	for _, c := range seedCustomers {
		customer, err := a.customers.Register(ctx, c.registration)
		if err != nil {
			return fmt.Errorf("seed customer: %w", err)
		}
		if _, err := a.customers.AddAddress(ctx, customer.ID, c.address); err != nil {
			return fmt.Errorf("seed address: %w", err)
		}
	}
	a.log.InfoContext(ctx, "shop seeded", "products", len(seedProducts), "customers", len(seedCustomers))
	return nil
}

func (a *App) seedProduct(ctx context.Context, p seedProduct, categoryID int64) error {
	prices := []models.Money{models.EUR(p.euros)}
	if p.dollars > 0 {
		prices = append(prices, models.Money{Amount: p.dollars, Currency: "USD"})
	}
	product, err := a.catalogue.CreateProduct(ctx, catalogue.ProductInput{
		SKU: p.sku, Name: p.name, CategoryID: categoryID, Tags: p.tags, Prices: prices,
	})
	if err != nil {
		return err
	}
	_, err = a.inventory.SetLevel(ctx, product.ID, inventory.LevelInput{OnHand: p.stock, ReorderAt: 5, Bin: p.bin})
	return err
}
