/** Prices a line when it comes into a cart and when its quantity, product or list price changes. */
trigger CartLineTrigger on Cart_Line__c (before insert, before update) {
    List<Cart_Line__c> toPrice = new List<Cart_Line__c>();
    for (Cart_Line__c line : Trigger.new) {
        if (CartLineChanges.needsPrice(line, Trigger.isInsert ? null : Trigger.oldMap.get(line.Id))) {
            toPrice.add(line);
        }
    }
    if (!toPrice.isEmpty()) {
        DiscountEngine.price(toPrice);
    }
}
