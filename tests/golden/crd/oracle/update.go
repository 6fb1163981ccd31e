package main

import (
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/cel/common"
)

// What has not changed is not complained about.
func update(k *kind, obj, old map[string]interface{}) field.ErrorList {
	correlated := common.NewCorrelatedObject(obj, old, &model.Structural{Structural: k.structural})
	return validation.ValidateCustomResourceUpdate(nil, obj, old, k.validator, validation.WithRatcheting(correlated))
}
