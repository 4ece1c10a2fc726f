/** Tells the carts and merchandising about a changed rule. */
trigger DiscountRuleTrigger on Discount_Rule__c (after insert, after update) {
    if (FeatureManagement.checkPermission('Bypass_Pricing_Automation')) {
        return;
    }
    DiscountRuleHandler.changed(Trigger.new);
}
