package models

type Airport struct {
	Code     string `gorm:"primaryKey;size:3" json:"code" binding:"required,len=3,alpha,uppercase"`
	Name     string `gorm:"size:120;not null" json:"name" binding:"required"`
	City     string `gorm:"size:80;not null;index" json:"city" binding:"required"`
	Country  string `gorm:"size:2;not null" json:"country" binding:"len=2"`
	TimeZone string `gorm:"size:40;not null;default:UTC" json:"time_zone" binding:"required,timezone"`
}

type Route struct {
	Base
	OriginCode      string  `gorm:"size:3;not null;uniqueIndex:idx_route_pair" json:"origin" binding:"required,uppercase"`
	DestinationCode string  `gorm:"size:3;not null;uniqueIndex:idx_route_pair" json:"destination" binding:"required,uppercase,nefield=OriginCode"`
	DistanceKM      int     `gorm:"not null" json:"distance_km" binding:"gt=0"`
	BasePrice       int64   `gorm:"not null" json:"base_price" binding:"gt=0"`
	Active          bool    `gorm:"not null;default:true" json:"active"`
	Origin          Airport `gorm:"foreignKey:OriginCode" json:"-" binding:"-"`
	Destination     Airport `gorm:"foreignKey:DestinationCode" json:"-" binding:"-"`
}
