// Package refcode makes the codes that people read to each other: booking
// references, voucher codes, invoice numbers, baggage tags.
package refcode

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// letters leaves out what is easily mistaken: 0 and O, 1 and I.
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

const digits = "0123456789"

// random returns n characters of alphabet, which has at most 256.
func random(alphabet string, n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails, see crypto/rand
	out := make([]byte, n)
	for i, b := range raw {
		out[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(out)
}

// Booking makes a booking reference: six characters.
func Booking() string { return random(letters, 6) }

// Voucher makes a voucher code like "V-ABCDE-FGHJK".
func Voucher() string { return "V-" + random(letters, 5) + "-" + random(letters, 5) }

// Invoice makes an invoice number of that year.
func Invoice(year int) string { return fmt.Sprintf("INV-%04d-%s", year, random(digits, 8)) }

// BoardingPass makes the code below the bars of a boarding pass.
func BoardingPass() string { return "BP" + random(letters, 10) }

// BagTag makes a tag for a bag: ten digits.
func BagTag() string { return "0" + random(digits, 9) }

// Loyalty makes a number of the loyalty programme.
func Loyalty() string { return "FF" + random(digits, 9) }

// Clean puts a code that somebody typed into the form that is stored.
func Clean(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// Gateway makes the part of a gateway's reference after its prefix.
func Gateway() string { return random(letters, 12) }
