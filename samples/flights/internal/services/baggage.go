package services

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
	"example.com/flights/internal/refcode"
	"example.com/flights/internal/repositories"
)

// maxBagWeight is what staff may lift, in kilograms.
const maxBagWeight = 32

type BagInput struct {
	SegmentID   uint   `json:"segment_id" binding:"required"`
	PassengerID uint   `json:"passenger_id" binding:"required"`
	WeightKG    int    `json:"weight_kg" binding:"required,gt=0"`
	CardToken   string `json:"card_token"`
	VoucherCode string `json:"voucher_code"`
}

type BaggageService struct {
	tx       *repositories.Transactor
	bags     *repositories.BagRepository
	payments *PaymentService
	feePerKG int64
}

func NewBaggageService(tx *repositories.Transactor, bags *repositories.BagRepository, payments *PaymentService, feePerKG int64) *BaggageService {
	return &BaggageService{tx: tx, bags: bags, payments: payments, feePerKG: feePerKG}
}

func (s *BaggageService) Check(ctx context.Context, booking *models.Booking, in BagInput) (*models.Bag, error) {
	segment, passenger, err := traveller(booking, in.SegmentID, in.PassengerID)
	if err != nil {
		return nil, err
	}
	if in.WeightKG > maxBagWeight {
		return nil, apperr.InvalidField("weight_kg", "must be at most %d", maxBagWeight)
	}
	if segment.Flight.Status == models.FlightDeparted || segment.Flight.Status == models.FlightCancelled {
		return nil, apperr.Conflict("flight_closed", "flight %s is %s", segment.Flight.Number, segment.Flight.Status)
	}
	bag := &models.Bag{FlightID: segment.FlightID, SegmentID: segment.ID, PassengerID: passenger.ID, WeightKG: in.WeightKG}
	var charged []models.Payment
	err = s.tx.Run(ctx, func(tx *gorm.DB) error {
		bags := s.bags.WithTx(tx)
		already, err := bags.Weight(ctx, segment.ID, passenger.ID)
		if err != nil {
			return err
		}
		bag.ExcessFee = int64(excessWeight(segment.Fare.BagAllowance, already, in.WeightKG)) * s.feePerKG
		if bag.ExcessFee > 0 {
			charged, err = s.payments.ChargeTx(ctx, tx, Charge{
				BookingID: booking.ID, Reference: booking.Reference, Purpose: PurposeBaggage, Amount: bag.ExcessFee,
				CardToken: in.CardToken, VoucherCode: refcode.Clean(in.VoucherCode),
			})
			if err != nil {
				return err
			}
			bag.PaymentID = &charged[0].ID
		}
		return bags.Create(ctx, bag)
	})
	if err != nil {
		s.payments.Undo(ctx, charged)
		return nil, err
	}
	return bag, nil
}

func (s *BaggageService) OfBooking(ctx context.Context, booking *models.Booking) ([]models.Bag, error) {
	return s.bags.OfSegments(ctx, segmentIDs(booking))
}
